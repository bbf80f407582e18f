# scimmage. `make help` lists the targets. Nothing here needs more than Go; browser tests need Chromium,
# end-to-end tests need Node.js (both are installed by .ci/run on a fresh Debian).

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := all
.NOTPARALLEL:

GO      ?= go
BIN     := bin/scimmage
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/scimmage/scimmage/internal/cli.Version=$(VERSION)
LINT    := $(GO) tool -modfile=tools/lint/go.mod golangci-lint
FUZZTIME ?= 10s
SHOTS   ?= bin/shots
PEOPLE  ?= 10000
HOSTILE ?=

export CGO_ENABLED ?= 0

##@ Everyday

.PHONY: all
all: build test lint help ## build, test, lint, and this list

.PHONY: build
build: ## the binary: bin/scimmage
	@mkdir -p bin
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/scimmage

.PHONY: run
run: build ## the main job: every suite and IdP against the embedded provider; leaves report.html
	$(BIN) run --demo -o html=report.html
	@echo "report: file://$(CURDIR)/report.html"

.PHONY: test
test: fmt-check vet lint unit harm prove browser e2e ## everything, in the order of cost: format, vet, lint, unit, harm, prove, browser, end to end
	@echo "all tests passed"

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

##@ Parts of make test

.PHONY: fmt-check
fmt-check: ## fail when a Go file is not in gofmt form
	@bad=$$(git ls-files -co --exclude-standard '*.go' | while read -r f; do [ ! -e "$$f" ] || gofmt -l "$$f"; done); \
	 if [ -n "$$bad" ]; then printf 'not in gofmt form; run: gofmt -w\n%s\n' "$$bad" >&2; exit 1; fi

.PHONY: vet
vet: ## go vet over everything, tagged tests included
	$(GO) vet ./...
	$(GO) vet -tags 'browser e2e hostile prove' ./...

.PHONY: lint
lint: ## golangci-lint (import arrows, forbidden calls, unchecked errors)
	$(LINT) run ./...

.PHONY: unit
unit: ## unit, property, golden, architecture and command-line tests
	$(GO) run ./tools/testsum unit ./...

.PHONY: prove
prove: ## every defect makes its checks fail, right providers have no finding
	$(GO) run ./tools/testsum prove -count=1 -tags prove -run '^TestProve' -timeout 45m ./internal/prove

.PHONY: prove-whole
prove-whole: ## every defect against every case, compared with the map of proofs (long)
	$(GO) test -count=1 -tags prove -run '^TestWhole' -timeout 120m -v ./internal/prove

# What is measured again: DEFECT=name,… or new (not in the map yet) or none (the list of unproven checks
# only); CASE='suite/*',…; nothing means everything. REASON=… lists checks that nothing proves.
DEFECT ?=
CASE   ?=
REASON ?=
.PHONY: prove-update
prove-update: ## measure the map of proofs again: DEFECT=name or new, CASE=suite/case, or everything (long)
	$(GO) test -count=1 -tags prove -run '^TestProveDefects$$' -timeout 120m -v ./internal/prove -update -defect '$(DEFECT)' -case '$(CASE)' -unproven '$(REASON)'

.PHONY: yardstick
yardstick: ## measure the 36 faults on which other testers were measured, and write docs/yardstick.md
	$(GO) test -count=1 -tags prove -run '^TestProveYardstick$$' -timeout 30m ./internal/prove -update

.PHONY: harm
harm: ## the whole command against servers that are broken, lie or die, and killed: one of each kind (all: make hostile)
	$(GO) run ./tools/testsum harm -count=1 -tags hostile -parallel 6 -timeout 15m ./internal/hostile

.PHONY: browser
browser: node_modules-browser ## the HTML report and the console of the mock IdP in Chromium: use, print, dark, narrow, axe
	SCIMMAGE_CHROMIUM=$$(tools/need chromium) $(GO) run ./tools/testsum browser -count=1 -p 2 -tags browser -run '^TestBrowser' -timeout 20m ./reports/html ./internal/cli ./mockidp

.PHONY: e2e
e2e: node_modules-servers ## whole runs against real SCIM servers that nobody here wrote, held against what is expected of each (testdata/servers/*/baseline.yaml)
	@tools/need node >/dev/null
	$(GO) run ./tools/testsum e2e -count=1 -tags e2e -run '^TestE2E(ServersAnswer|Throttle|RealServers)$$' -timeout 20m ./internal/e2e

.PHONY: e2e-more
e2e-more: node_modules-servers ## the same, and what takes longer: a part of a run, verdicts under rate limits
	$(GO) run ./tools/testsum e2e -count=1 -tags e2e -run '^TestE2E' -timeout 40m ./internal/e2e

##@ More

.PHONY: hostile
hostile: ## every hostile server, every liar and 16 points of death (minutes); every defect too: HOSTILE=-every-defect
	$(GO) run ./tools/testsum hostile -count=1 -tags hostile -timeout 60m ./internal/hostile -whole $(HOSTILE)

.PHONY: soak
soak: ## the mock IdP: ten thousand changes against a provider with faults on; target and directory must agree (long)
	$(GO) test -count=1 -run '^TestSoak' -timeout 60m -v ./mockidp -soak 10000

.PHONY: bench-idp
bench-idp: ## the mock IdP at PEOPLE people (default 10000): initial cycle, bare loop, console
	$(GO) test -run '^$$' -bench 'InitialCycle|BareLoop|Console' -benchtime 1x -timeout 60m ./mockidp -people $(PEOPLE)

.PHONY: bench-report
bench-report: build node_modules-browser ## the HTML report of a run with every identity provider, and one of 100,000 exchanges: size, time to write and to open
	$(BIN) run --demo --idp all --quiet -o html=bin/full.html
	SCIMMAGE_CHROMIUM=$$(tools/need chromium) $(GO) test -tags browser -run '^$$' -bench BrowserOpens -benchtime 5x -timeout 30m ./reports/html -page $(CURDIR)/bin/full.html

.PHONY: bench
bench: ## benchmarks (their figures never decide a test)
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (default 10s)
	tools/fuzz $(FUZZTIME)

.PHONY: docs
docs: ## docs/requirements.md and docs/checks, from the suites (a test fails when they are out of date)
	$(GO) run ./tools/docs

.PHONY: screenshots
screenshots: build ## docs/img: pictures of a real report and of the console; every page of the console under SHOTS (default bin/shots)
	tools/screenshots $(BIN)
	tools/screenshots-idp $(BIN) $(SHOTS)

.PHONY: reproducible
reproducible: ## build twice from two places and compare the bytes
	tools/release/reproducible.sh

.PHONY: sbom
sbom: build ## bin/sbom.cdx.json: what is in the binary, with versions and licences (CycloneDX)
	tools/release/sbom.sh $(BIN) bin/sbom.cdx.json $(VERSION)

.PHONY: vuln
vuln: ## govulncheck; fails where something is found, and where the database cannot be reached
	tools/release/vuln.sh

.PHONY: deps
deps: node_modules-browser node_modules-servers ## what the tests need beside Go
	@tools/need chromium
	@tools/need node

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist report.html

# npm packages of the tests, exactly as their lock files say; again only when a lock file changed.
.PHONY: node_modules-browser node_modules-servers
node_modules-browser: testdata/browser/node_modules/.installed
node_modules-servers: $(patsubst %/package-lock.json,%/node_modules/.installed,$(filter-out testdata/servers/polis/%,$(wildcard testdata/servers/*/package-lock.json)))

testdata/%/node_modules/.installed: testdata/%/package-lock.json testdata/%/package.json
	tools/npm-ci $(dir $<)
