package mockidp

import (
	"context"
	"database/sql"
	"time"
)

// purger removes deleted people after thirty days of the mock clock.
func (i *IdP) purger() {
	for i.ctx.Err() == nil {
		news := i.news()
		var first sql.NullInt64
		if i.db.r.QueryRowContext(i.ctx, "SELECT min(deleted_at) FROM people WHERE deleted_at IS NOT NULL").Scan(&first) != nil {
			i.wait(i.ctx, news, time.Time{})
			continue
		}
		due := time.Time{}
		if first.Valid {
			due = fromMillis(first.Int64).Add(softDeleteDays * 24 * time.Hour)
		}
		if due.IsZero() || due.After(i.now()) {
			i.wait(i.ctx, news, due)
			continue
		}
		if i.purgeDue(i.ctx) != nil { // somebody was restored in between
			i.wait(i.ctx, news, time.Time{})
		}
	}
}

// purgeDue removes who was deleted thirty days ago. A cycle begins with it: where the clock jumps, the purge comes before the
// cycle that is due as well, as it would have if the time had passed.
func (i *IdP) purgeDue(ctx context.Context) error {
	i.purging.Lock()
	defer i.purging.Unlock()
	ids, err := collect(ctx, i.db.r, scanString, "SELECT id FROM people WHERE deleted_at <= ? LIMIT 500", millis(i.now().Add(-softDeleteDays*24*time.Hour)))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := i.PurgePerson(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
