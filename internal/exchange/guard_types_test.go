package exchange

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// keeper stores whatever it is sent: a server that checks no types.
type keeper struct {
	users map[string]map[string]any
}

func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	switch {
	case r.Method == http.MethodPost:
		id = fmt.Sprint(len(k.users) + 1)
		body, _ := io.ReadAll(r.Body)
		user := map[string]any{}
		_ = json.Unmarshal(body, &user)
		user["id"] = id
		k.users[id] = user
		w.WriteHeader(http.StatusCreated)
	case k.users[id] == nil:
		w.WriteHeader(http.StatusNotFound)
		return
	case r.Method == http.MethodDelete:
		delete(k.users, id)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	_ = json.NewEncoder(w).Encode(k.users[id])
}

// TestGuardKnowsNamesOfTheWrongType: what was created with an object or a list for a name is ours, and is removed;
// an account of somebody else that looks the same is not.
func TestGuardKnowsNamesOfTheWrongType(t *testing.T) {
	for name, userName := range map[string]string{"object": `{"value":"run-5f-odd@example.com"}`, "list": `["run-5f-odd@example.com"]`, "text": `"run-5f-odd@example.com"`} {
		k := &keeper{users: map[string]map[string]any{}}
		c := client(t, Config{Handler: k, Rules: GuardRules{RunID: "run-5f"}})
		made := c.Do(t.Context(), Request{ID: "c", Method: "POST", Path: "/Users", Body: []byte(`{"userName":` + userName + `}`)})
		mustStatus(t, made, http.StatusCreated)
		mustStatus(t, c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/" + idOf(made)}), http.StatusNoContent)
		if len(k.users) != 0 {
			t.Errorf("%s: left %v", name, k.users)
		}

		made = c.Do(t.Context(), Request{ID: "c2", Method: "POST", Path: "/Users", Body: []byte(`{"userName":` + userName + `}`)})
		k.users[idOf(made)]["userName"] = map[string]any{"value": "somebody@corp.example"}
		if gone := c.Do(t.Context(), Request{Method: "DELETE", Path: "/Users/" + idOf(made)}); kind(gone) != KindGuard || len(k.users) != 1 {
			t.Errorf("%s: an account with another name was removed: %v %v", name, status(gone), gone.Error)
		}
	}
}
