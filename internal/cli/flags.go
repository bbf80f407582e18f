package cli

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/reports"
)

// envName is the environment twin of a flag: --token-file → SCIMMAGE_TOKEN_FILE.
func envName(flag string) string {
	return "SCIMMAGE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func str(name, usage string, aliases ...string) cli.Flag {
	return &cli.StringFlag{Name: name, Usage: usage, Aliases: aliases, EnvVars: []string{envName(name)}}
}

func list(name, usage string, aliases ...string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, Aliases: aliases, EnvVars: []string{envName(name)}}
}

func flag(name, usage string, aliases ...string) cli.Flag {
	return &cli.BoolFlag{Name: name, Usage: usage, Aliases: aliases, EnvVars: []string{envName(name)}}
}

func num(name, usage string) cli.Flag {
	return &cli.IntFlag{Name: name, Usage: usage, EnvVars: []string{envName(name)}}
}

func dur(name, usage string) cli.Flag {
	return &cli.DurationFlag{Name: name, Usage: usage, EnvVars: []string{envName(name)}}
}

func failUnderFlag() cli.Flag {
	return &cli.Float64Flag{Name: "fail-under", Usage: "exit 1 when the score is below this percentage", EnvVars: []string{envName("fail-under")}}
}

// targetFlags say where the target is and how to get in.
func targetFlags() []cli.Flag {
	return []cli.Flag{
		str("url", "base URL of the target: what stands before /Users", "u"),
		str("config", "configuration file (default scimmage.yaml where there is one)", "c"),
		str("auth", "bearer (default), header (the value verbatim), basic, oauth2, none"),
		str("token", "token; better SCIMMAGE_TOKEN or --token-file: arguments show in the process list"),
		str("token-file", "file with the token"),
		str("token-command", "command whose output is the token"),
		str("user", "user name for --auth basic"),
		str("password-file", "file with the password for --auth basic (or SCIMMAGE_PASSWORD)"),
		str("oauth-token-url", "token endpoint for --auth oauth2 (client credentials)"),
		str("oauth-client-id", "client id for --auth oauth2"),
		str("oauth-secret-file", "file with the client secret (or SCIMMAGE_OAUTH_SECRET)"),
		list("oauth-scope", "scope to ask for"),
		str("oauth-style", "basic, post or private-key-jwt"),
		str("oauth-key-file", "private key (PEM) for private-key-jwt"),
		list("header", "extra header of every request, 'Name: value'", "H"),
		str("ca", "certificates (PEM) to trust besides the system's"),
		str("cert", "client certificate (PEM) for mutual TLS"),
		str("key", "its private key (PEM)"),
		flag("insecure", "do not verify the target's certificate; the report says so"),
		str("proxy", "proxy URL (default from the environment; none = no proxy)"),
		dur("timeout", "longest wait for one answer (default 60s, as Okta waits)"),
		&cli.Float64Flag{Name: "rate", Usage: "requests a second at most (default 25 for a target on another machine; 0 = no limit)", EnvVars: []string{envName("rate")}},
		num("max-requests", "stop after so many requests (default 50000 for a target on another machine; 0 = no limit)"),
		dur("max-duration", "stop after so long (default 2h for a target on another machine; 0 = no limit)"),
		dur("max-wait", "longest that answers 429 may hold up one request (default 2m); after that the run ends"),
		flag("redact-pii", "hash names, mail addresses and user names in every artefact"),
	}
}

// showFlags say how results are shown.
func showFlags() []cli.Flag {
	return []cli.Flag{
		list("output", "FORMAT=FILE, repeatable; - is stdout. Formats: "+strings.Join(reports.Names(), " "), "o"),
		&cli.StringFlag{Name: "color", Usage: "auto, always or never", EnvVars: []string{"SCIMMAGE_COLOR"}},
		flag("no-color", "same as --color never"),
		flag("quiet", "no progress", "q"),
		flag("verbose", "show every finding in full, with request and response", "v"),
	}
}

// runFlags select and judge.
func runFlags() []cli.Flag {
	return []cli.Flag{
		flag("demo", "test the embedded reference provider instead of a URL"),
		list("defect", "with --demo: make the provider wrong, or different, in this named way (scimmage list defects)"),
		list("idp", "identity providers to play, by name, or all (default: the four of Okta and Entra; scimmage list idps)"),
		list("suite", "suites to run: name, glob or a YAML file of your own"),
		list("only", "run only cases that match this glob"),
		list("skip", "leave out cases that match this glob"),
		list("feature", "NAME=on|off: overrule what discovery says"),
		str("fail-on", "must (default), should or any: what makes the exit code 1"),
		failUnderFlag(),
		flag("read-only", "send nothing but GET (and POST /.search)"),
		flag("dry-run", "print the requests of the plan, send nothing but discovery"),
		flag("yes", "do not ask before the first write to a target that is not on this machine", "y"),
		num("jobs", "cases at the same time (default 1)"),
		&cli.Int64Flag{Name: "seed", Usage: "the same seed gives the same run", EnvVars: []string{envName("seed")}},
		str("baseline", "file of expected failures"),
		str("claims", "file of what the product promises (YAML): reported beside what was measured"),
		str("journal", "write the journal (NDJSON) here"),
		str("history", "append the score to this file and show the trend, also in the HTML report (-o trend=trend.svg draws it alone)"),
		list("mapping", "IDP=FILE: the company's own attribute mapping, as exported from Okta or Entra, or as YAML"),
		list("option", "IDP.NAME=VALUE: what a vendor leaves open or an administrator chooses, google.update=patch (scimmage list idps --json)"),
		str("people", "the company's own people (CSV, JSON or SCIM): the stories use their names and attributes"),
		str("token-b", "second credential, another tenant's or a lesser one (or SCIMMAGE_TOKEN_B)"),
		str("domain", "domain of the test people's addresses (default example.com)"),
		str("shard", "N/M: run only the Nth of M parts"),
		flag("rate-test", "measure how many requests a second the target stands, also when it is remote"),
	}
}

// split cuts comma-separated list values.
func split(vals []string) []string {
	var out []string
	for _, v := range vals {
		for _, p := range strings.Split(v, ",") {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, p)
			}
		}
	}
	return out
}
