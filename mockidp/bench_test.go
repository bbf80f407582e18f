package mockidp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// people is the size of the directory in the benchmarks; the figures for a large one: go test -bench Cycle ./mockidp -people 100000.
var people = flag.Int("people", 1000, "people in the directory of a benchmark")

// process is a program of ours on its own, so that its memory is its own.
type process struct {
	cmd  *exec.Cmd
	base string
}

func start(b *testing.B, bin string, args ...string) *process {
	b.Helper()
	cmd := exec.Command(bin, args...)
	p := &process{cmd, startServer(b, cmd)}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return p
}

// peak is the most memory that the process had, in megabytes; 0 where the system does not tell.
func (p *process) peak() float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	var kb float64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		return 0
	}
	return kb / 1024
}

// cpu is the processor time of a process so far in seconds, which other work on the machine does not lengthen; 0 where the system does not tell.
func cpu(pid int) float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	var user, sys float64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &sys); err != nil {
		return 0
	}
	return (user + sys) / 100 // ticks of the kernel's interface are hundredths
}

func (p *process) ask(b *testing.B, method, path, kind, body string) []byte {
	b.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, p.base+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		b.Fatalf("%s %s answered %d: %s (%v)", method, path, resp.StatusCode, raw[:min(len(raw), 300)], err)
	}
	return raw
}

// roster is a directory without groups as CSV: for each person a cycle sends one search and one create.
func roster(n int) string {
	var b strings.Builder
	b.WriteString("login,email,firstName,lastName,title,department\n")
	for k := range n {
		fmt.Fprintf(&b, "person%d@example.com,person%d@example.com,Given%d,Family%d,Title %d,Department %d\n", k, k, k, k, k%50, k%20)
	}
	return b.String()
}

func benchBinary(b *testing.B) string {
	b.Helper()
	bin := filepath.Join(b.TempDir(), "scimmage")
	if out, err := exec.Command("go", "build", "-o", bin, "../cmd/scimmage").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// BenchmarkInitialCycle is the initial cycle of a whole directory against the reference provider, each in a process of its own.
func BenchmarkInitialCycle(b *testing.B) {
	bin := benchBinary(b)
	for b.Loop() {
		b.StopTimer()
		target := start(b, bin, "provider", "--listen", "127.0.0.1:0", "--token", secret)
		data := filepath.Join(b.TempDir(), "idp.db")
		idp := start(b, bin, "idp", "--listen", "127.0.0.1:0", "--data", data)
		idp.ask(b, "POST", "/api/v1/import?format=csv", "text/csv", roster(*people))
		idp.ask(b, "POST", "/api/v1/apps", asJSON, fmt.Sprintf(`{"id":"a","name":"A","profile":"entra","secret":%q,"settings":{"baseURL":%q,"scope":"all"}}`, secret, target.base))
		before, began := cpu(idp.cmd.Process.Pid), time.Now()
		b.StartTimer()
		idp.ask(b, "POST", "/api/v1/apps/a/cycle/start", "", "")
		for done := false; !done; {
			var v struct{ Idle bool }
			if err := json.Unmarshal(idp.ask(b, "GET", "/api/v1/idle?wait=10m", "", ""), &v); err != nil {
				b.Fatal(err)
			}
			done = v.Idle
		}
		b.StopTimer()
		took := time.Since(began)
		var cycles []struct {
			State  string
			Counts struct{ Created, Requests int }
		}
		if err := json.Unmarshal(idp.ask(b, "GET", "/api/v1/apps/a/cycles", "", ""), &cycles); err != nil {
			b.Fatal(err)
		}
		if c := cycles[0]; c.State != "done" || c.Counts.Created != *people {
			b.Fatalf("the cycle made %+v", c)
		}
		b.ReportMetric(float64(cycles[0].Counts.Requests)/took.Seconds(), "requests/s")
		b.ReportMetric(idp.peak(), "MB-idp")
		b.ReportMetric(target.peak(), "MB-provider")
		b.ReportMetric(cpu(idp.cmd.Process.Pid)-before, "cpu-s-idp")
		b.ReportMetric(cpu(target.cmd.Process.Pid), "cpu-s-provider")
		if info, err := os.Stat(data); err == nil {
			b.ReportMetric(float64(info.Size())/1e6, "MB-file")
		}
		b.StartTimer()
	}
}

// BenchmarkBareLoop sends the requests of that cycle from a loop without directory, database, checks and records: what the wire and the
// provider alone take, with as many workers as a cycle has.
func BenchmarkBareLoop(b *testing.B) {
	bin := benchBinary(b)
	for b.Loop() {
		b.StopTimer()
		target := start(b, bin, "provider", "--listen", "127.0.0.1:0", "--token", secret)
		before := cpu(os.Getpid())
		b.StartTimer()
		began := time.Now()
		work := make(chan int)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for k := range work {
					bare(b, target.base, k)
				}
			})
		}
		for k := range *people {
			work <- k
		}
		close(work)
		wg.Wait()
		b.ReportMetric(2*float64(*people)/time.Since(began).Seconds(), "requests/s")
		b.ReportMetric(target.peak(), "MB-provider")
		b.ReportMetric(cpu(os.Getpid())-before, "cpu-s-loop")
		b.ReportMetric(cpu(target.cmd.Process.Pid), "cpu-s-provider")
	}
}

// bare is one person: the search, then the create.
func bare(b *testing.B, base string, k int) {
	login := fmt.Sprintf("person%d@example.com", k)
	body, err := json.Marshal(m{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"}, "externalId": fmt.Sprint("person", k), "userName": login, "active": true,
		"displayName": fmt.Sprintf("Given%d Family%d", k, k), "title": fmt.Sprint("Title ", k%50), "emails": []m{{"primary": true, "type": "work", "value": login}}, "meta": m{"resourceType": "User"},
		"name": m{"givenName": fmt.Sprint("Given", k), "familyName": fmt.Sprint("Family", k)}, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": m{"department": fmt.Sprint("Department ", k%20)}})
	if err != nil {
		b.Error(err)
		return
	}
	for _, r := range []struct {
		method, path string
		body         []byte
		want         int
	}{{"GET", "/Users?filter=" + url.QueryEscape(`userName eq "`+login+`"`), nil, 200}, {"POST", "/Users", body, 201}} {
		req, err := http.NewRequestWithContext(context.Background(), r.method, base+r.path, bytes.NewReader(r.body))
		if err != nil {
			b.Error(err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+secret)
		req.Header.Set("Content-Type", "application/scim+json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Error(err)
			return
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if cerr := resp.Body.Close(); err != nil || cerr != nil || resp.StatusCode != r.want {
			b.Errorf("%s %s answered %d (%v, %v)", r.method, r.path, resp.StatusCode, err, cerr)
		}
	}
}

// BenchmarkConsole is how long each page takes with a large directory of which ten applications have everybody: with -people 100000 a million assignments.
func BenchmarkConsole(b *testing.B) {
	bin := benchBinary(b)
	idp := start(b, bin, "idp", "--listen", "127.0.0.1:0", "--data", filepath.Join(b.TempDir(), "idp.db"), "--sample", fmt.Sprint(*people))
	var groups struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(idp.ask(b, "GET", "/api/v1/groups?q=Everyone", "", ""), &groups); err != nil || len(groups.Items) == 0 {
		b.Fatal("the sample has no group of everybody", err)
	}
	for k := range 10 {
		idp.ask(b, "POST", "/api/v1/apps", asJSON, fmt.Sprintf(`{"id":"a%d","name":"A%d","profile":"%s"}`, k, k, []string{"entra", "okta"}[k%2]))
		idp.ask(b, "POST", fmt.Sprintf("/api/v1/apps/a%d/assignments", k), asJSON, `{"group":"Everyone"}`)
	}
	for name, path := range map[string]string{"overview": "/", "people": "/people", "search": "/people?q=ana", "person": "/people/p000007", "groups": "/groups", "group": "/groups/" + groups.Items[0].ID, "application": "/apps/a0",
		"assignments": "/apps/a0?tab=assignments", "assignments-search": "/apps/a0?tab=assignments&q=ana", "assignments-state": "/apps/a0?tab=assignments&status=pending", "activity": "/activity"} {
		b.Run(name, func(b *testing.B) {
			var most time.Duration
			for b.Loop() {
				began := time.Now()
				idp.ask(b, "GET", path, "", "")
				most = max(most, time.Since(began))
			}
			b.ReportMetric(float64(most.Milliseconds()), "ms-most")
		})
	}
	b.Run("change", func(b *testing.B) {
		for k := 0; b.Loop(); k++ {
			idp.ask(b, "PATCH", fmt.Sprintf("/api/v1/people/p%06d", k%*people+1), asJSON, fmt.Sprintf(`{"profile":{"title":"Title %d"}}`, k))
		}
	})
	b.ReportMetric(idp.peak(), "MB-idp")
}
