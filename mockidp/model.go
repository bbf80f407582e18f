package mockidp

import (
	"fmt"
	"strings"
	"time"
)

// Kinds of objects that an application can be given.
const (
	kindPerson = "person"
	kindGroup  = "group"
)

// States of a person.
const (
	Active      = "active"
	Suspended   = "suspended"
	Deactivated = "deactivated"
	Deleted     = "deleted" // soft: can be restored for thirty days
)

// Person is one entry of the directory. Profile holds the attributes by the names that mappings use (login, email, firstName, …), custom ones included.
type Person struct {
	ID        string         `json:"id"`
	Status    string         `json:"status"`
	Manager   string         `json:"manager,omitempty"` // id of another person
	Profile   map[string]any `json:"profile"`
	Created   time.Time      `json:"created"`
	Updated   time.Time      `json:"updated"`
	DeletedAt *time.Time     `json:"deletedAt,omitempty"`
	secret    []byte         // the password, sealed; it is in no profile
	seq       int64
}

// Login is the name that the person signs in with.
func (p *Person) Login() string { return text(p.Profile["login"]) }

// Name is what people call the person.
func (p *Person) Name() string {
	if n := text(p.Profile["displayName"]); n != "" {
		return n
	}
	if n := strings.TrimSpace(text(p.Profile["firstName"]) + " " + text(p.Profile["lastName"])); n != "" {
		return n
	}
	return p.Login()
}

// Group is a named set of people and groups.
type Group struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Profile map[string]any `json:"profile,omitempty"`
	Members int            `json:"members"`
	Created time.Time      `json:"created"`
	Updated time.Time      `json:"updated"`
	seq     int64
}

// Member is one entry of a group.
type Member struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// States of an account: what the administrator sees of a person or group in an application.
const (
	stPending       = "pending"
	stProvisioned   = "provisioned"
	stFailed        = "failed"
	stDrifted       = "drifted"
	stDisabled      = "deprovisioned"
	stNotSent       = "not provisioned" // assigned before provisioning was on
	stSkipped       = "skipped"
	stUnassigned    = "unassigned"
	stRateLimited   = "rate-limited"
	whyUnassigned   = "unassigned"
	whySoftDeleted  = "deleted"
	whyPurged       = "purged"
	jobQueued       = "queued"
	jobFailed       = "failed"
	jobDone         = "done"
	jobDismissed    = "dismissed"
	importNew       = "new"
	importConfirmed = "confirmed"
	importIgnored   = "ignored"
)

// Account is the link between an object of the directory and one of an application.
type Account struct {
	App      string         `json:"app"`
	Kind     string         `json:"kind"`
	Object   string         `json:"object"`
	Name     string         `json:"name"`
	Assigned bool           `json:"assigned"`
	Target   string         `json:"target,omitempty"`
	Active   bool           `json:"active"`
	Status   string         `json:"status"`
	Message  string         `json:"message,omitempty"`
	Attempts int            `json:"attempts,omitempty"`
	NextTry  time.Time      `json:"nextTry,omitzero"`
	Updated  time.Time      `json:"updated"`
	Sent     map[string]any `json:"-"`
	Dirty    bool           `json:"-"`
	Before   bool           `json:"before,omitempty"` // assigned before provisioning was switched on
	Why      string         `json:"-"`                // why it was disabled
	Unsure   bool           `json:"-"`                // the last write was not answered: what the application has is not known
	Direct   bool           `json:"direct"`
	touched  int64          // how often it was marked
	seq      int64
}

// Job is one piece of work for an application, kept until it is done; a failed one is a task for the administrator.
type Job struct {
	ID      int64     `json:"id"`
	App     string    `json:"app"`
	Kind    string    `json:"kind"`
	Object  string    `json:"object"`
	Action  string    `json:"action"`
	Args    string    `json:"-"`
	State   string    `json:"state"`
	Due     time.Time `json:"due"`
	Tries   int       `json:"tries"`
	Wait    int64     `json:"-"`
	Message string    `json:"message,omitempty"`
	Title   string    `json:"title,omitempty"`
	Op      int64     `json:"operation,omitempty"`
	Created time.Time `json:"created"`
}

// problemError is an error that the caller can do something about, with the HTTP status that says so.
type problemError struct {
	status int
	text   string
}

func (e *problemError) Error() string { return e.text }

func notFound(what, id string) error {
	return &problemError{404, fmt.Sprintf("there is no %s %q", what, id)}
}
func badInput(format string, a ...any) error { return &problemError{400, fmt.Sprintf(format, a...)} }
func conflict(format string, a ...any) error { return &problemError{409, fmt.Sprintf(format, a...)} }

func text(v any) string {
	switch t := v.(type) {
	case nil:
		return ""
	case string:
		return t
	case float64:
		if t == float64(int64(t)) {
			return fmt.Sprint(int64(t))
		}
	}
	return fmt.Sprint(v)
}

func firstNonEmpty(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
