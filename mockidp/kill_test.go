package mockidp_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/scimmage/scimmage/mockidp"
)

// TestSurvivesKill kills the process again and again while it is asked for changes, and then looks for every change that it acknowledged.
func TestSurvivesKill(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "scimmage")
	build := exec.Command("go", "build", "-o", bin, "../cmd/scimmage")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data := filepath.Join(t.TempDir(), "idp.db")
	var acked sync.Map
	total := 0
	for round := range 4 {
		cmd := exec.Command(bin, "idp", "--listen", "127.0.0.1:0", "--data", data)
		base := startServer(t, cmd)
		var n, answers atomic.Int64
		var wg sync.WaitGroup
		for range 3 { // so that at the moment of the kill requests are at every stage
			wg.Go(func() {
				for addPerson(base, fmt.Sprintf("r%d-n%d@example.com", round, n.Add(1)), &acked) {
					if answers.Add(1) == int64(5+7*round) {
						_ = cmd.Process.Kill()
					}
				}
			})
		}
		wg.Wait()
		_ = cmd.Wait()
		total += int(answers.Load())
	}
	idp := open(t, data, mockidp.Options{})
	b, _, err := idp.Export(context.Background(), "yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := idp.Close(); err != nil {
		t.Error(err)
	}
	acked.Range(func(login, _ any) bool {
		if !bytes.Contains(b, []byte(login.(string))) {
			t.Errorf("%s was acknowledged and is lost", login)
		}
		return true
	})
	if total < 5+12+19+26 {
		t.Errorf("only %d changes were acknowledged", total)
	}
}

// addPerson reports whether the change was acknowledged, and remembers it then.
func addPerson(base, login string, acked *sync.Map) bool {
	resp, err := http.Post(base+"/api/v1/people", "application/json", strings.NewReader(`{"profile":{"login":"`+login+`"}}`))
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 201 {
		return false
	}
	acked.Store(login, true)
	return true
}

func startServer(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(strings.TrimSpace(line), "listening ")
}
