package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/exchange"
)

// authOf reads the credential that the arguments and the environment give.
func authOf(t *testing.T, args ...string) exchange.Auth {
	t.Helper()
	var got exchange.Auth
	app := &cli.App{Flags: targetFlags(), Action: func(c *cli.Context) (err error) {
		got, err = (&settings{c: c, file: &fileConfig{}, sys: realSystem{}}).auth()
		return err
	}}
	if err := app.Run(append([]string{"scimmage"}, args...)); err != nil {
		t.Fatal(err)
	}
	return got
}

func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The file's content is the secret, not its name.
func TestSecretFiles(t *testing.T) {
	path := secretFile(t, "hidden")
	if got := authOf(t, "--auth", "basic", "--user", "admin", "--password-file", path); got.Password != "hidden" {
		t.Errorf("the password is %q, want what the file holds", got.Password)
	}
	got := authOf(t, "--auth", "oauth2", "--oauth-token-url", "https://x.example/token", "--oauth-client-id", "me", "--oauth-secret-file", path)
	if got.ClientSecret != "hidden" {
		t.Errorf("the client secret is %q, want what the file holds", got.ClientSecret)
	}
	if got := authOf(t, "--token-file", path); got.Token != "hidden" {
		t.Errorf("the token is %q, want what the file holds", got.Token)
	}
}

// What the command line says goes before the environment, the secret itself before a file.
func TestSecretOrder(t *testing.T) {
	path, other := secretFile(t, "of the file"), secretFile(t, "of another file")
	t.Setenv("SCIMMAGE_TOKEN", "of the environment")
	t.Setenv("SCIMMAGE_TOKEN_FILE", other)
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "of the environment"},
		{[]string{"--token-file", path}, "of the file"},
		{[]string{"--token", "typed", "--token-file", path}, "typed"},
	} {
		if got := authOf(t, c.args...); got.Token != c.want {
			t.Errorf("%q: the token is %q, want %q", c.args, got.Token, c.want)
		}
	}
}
