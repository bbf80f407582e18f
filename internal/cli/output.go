package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/reports"
)

// output is one -o FORMAT=FILE.
type output struct {
	format string
	file   string // "-" = stdout
}

func (e *env) outputs(c *cli.Context, fromFile []string) ([]output, error) {
	specs := fromFile
	if c.IsSet("output") {
		specs = c.StringSlice("output")
	}
	var out []output
	for _, s := range specs {
		name, file, ok := strings.Cut(s, "=")
		if !ok || file == "" {
			return nil, usagef("write -o html=report.html, or -o json=- for stdout", "-o %q has no file", s)
		}
		name = strings.ToLower(name)
		if _, found := reports.Find(name, reports.Options{}); !found {
			return nil, usagef(didYouMean(name, reports.Names()), "-o %q: no such format", name)
		}
		if file != "-" {
			if err := writable(file); err != nil {
				return nil, usagef("", "-o %s: %v", s, err)
			}
		}
		out = append(out, output{name, file})
	}
	return out, nil
}

// writable finds out before the run whether a report can be written after it. It leaves nothing: an empty file would look like a report.
func writable(file string) error {
	_, before := os.Lstat(file)
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil || !errors.Is(before, fs.ErrNotExist) {
		return err
	}
	return os.Remove(file)
}

// write renders the document in every format asked for. Text goes to stdout unless another format
// took it.
func (e *env) write(c *cli.Context, doc *result.Document, outs []output, text bool) error {
	opts := e.reportOptions(c)
	for _, o := range outs {
		if o.file == "-" {
			text = false
			if err := render(e.out, o.format, doc, opts); err != nil {
				return err
			}
			continue
		}
		fileOpts := opts
		fileOpts.Color, fileOpts.Width = false, 100
		var b bytes.Buffer
		if err := render(&b, o.format, doc, fileOpts); err != nil {
			return err
		}
		if err := os.WriteFile(o.file, b.Bytes(), 0o644); err != nil {
			return brokenf("report %s: %v", o.format, err)
		}
	}
	if text {
		if err := render(e.out, "text", doc, opts); err != nil {
			return err
		}
	}
	if err := e.forCI(doc); err != nil {
		return err
	}
	for _, o := range outs {
		if o.file != "-" && !c.Bool("quiet") {
			fmt.Fprintf(e.err, "wrote %s (%s)\n", o.file, o.format)
		}
	}
	return nil
}

// forCI writes the step summary and annotations where GitHub Actions runs us.
func (e *env) forCI(doc *result.Document) error {
	path := e.sys.Getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		fmt.Fprintf(e.err, "scimmage: no step summary: %v\n", err)
		return nil
	}
	defer func() { _ = f.Close() }()
	if err := render(f, "markdown", doc, reports.Options{}); err != nil {
		return err
	}
	return render(e.err, "github", doc, reports.Options{})
}

func render(w io.Writer, format string, doc *result.Document, o reports.Options) error {
	f, ok := reports.Find(format, o)
	if !ok {
		return brokenf("report %s: no such format", format)
	}
	if err := f.Write(w, doc); err != nil {
		return brokenf("report %s: %v", format, err)
	}
	return nil
}

func (e *env) reportOptions(c *cli.Context) reports.Options {
	width, tty := e.sys.Terminal(e.out)
	if width == 0 {
		width = 100
	}
	o := reports.Options{Width: width, Color: tty && e.sys.Getenv("NO_COLOR") == "" && e.sys.Getenv("TERM") != "dumb"}
	switch {
	case c.Bool("no-color") || c.String("color") == "never":
		o.Color = false
	case c.String("color") == "always":
		o.Color = true
	}
	if c.Bool("verbose") {
		o.Verbose = 1
	}
	return o
}
