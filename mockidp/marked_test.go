package mockidp

import (
	"context"
	"testing"
)

// TestMarkIsNotTakenAway: what the directory changes while an operation is under way is done afterwards; the operation's end, which
// knows nothing of the change, leaves the mark.
func TestMarkIsNotTakenAway(t *testing.T) {
	ctx, i := context.Background(), workedThrough(t)
	accounts, err := collect(ctx, i.db.r, scanAccount, "SELECT "+accountColumns+accountFrom+"WHERE a.kind = 'person' AND a.dirty = 0")
	if err != nil || len(accounts) < 2 {
		t.Fatalf("%d accounts with nothing to do, %v", len(accounts), err)
	}
	for k, a := range accounts[:2] {
		changed := k == 0
		if changed {
			if _, err := i.db.w.ExecContext(ctx, "UPDATE accounts SET "+marked+", before = 1 WHERE app_id = ? AND object_id = ?", a.App, a.Object); err != nil {
				t.Fatal(err)
			}
		}
		a.Dirty, a.Before = false, false
		if err := putAccount(ctx, i.db.w, a); err != nil {
			t.Fatal(err)
		}
		now, err := getAccount(ctx, i.db.r, a.App, a.Kind, a.Object)
		if err != nil || now.Dirty != changed || now.Before != changed {
			t.Errorf("changed meanwhile %v: dirty %v, before %v, %v", changed, now.Dirty, now.Before, err)
		}
	}
}
