package mockidp

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// preparer is a pool of connections, or a single one.
type preparer interface {
	querier
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// statements asks one connection or pool, and keeps what it has prepared: most of the time of a small change went into
// reading its SQL anew.
type statements struct {
	db   preparer
	mu   sync.Mutex
	kept map[string]*sql.Stmt
}

// maxStatements bounds what is kept; the texts are constants with a few conditions, so it is not reached.
const maxStatements = 500

func newStatements(db preparer) *statements {
	return &statements{db: db, kept: map[string]*sql.Stmt{}}
}

// prepared is nil when the query cannot be prepared or kept: it is then sent as it is, and says itself what is wrong.
func (s *statements) prepared(ctx context.Context, query string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st, ok := s.kept[query]; ok {
		return st
	}
	if len(s.kept) >= maxStatements {
		return nil
	}
	st, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	s.kept[query] = st
	return st
}

// QueryContext implements querier.
func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := s.prepared(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return s.db.QueryContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (s *statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if st := s.prepared(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return s.db.QueryRowContext(ctx, query, args...)
}

// ExecContext implements querier.
func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if st := s.prepared(ctx, query); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return s.db.ExecContext(ctx, query, args...)
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for _, st := range s.kept {
		err = errors.Join(err, st.Close())
	}
	clear(s.kept)
	return err
}
