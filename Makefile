# make demo    build, run the town's year on the embedded store, leave the API open on localhost
# make test    all tests      make check   formatting, vet, staticcheck, house rules, static binary      make bench   figures

GO ?= go
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
DATA ?= $(CURDIR)/bin/demo
ADDR ?= 127.0.0.1:8080
SEED ?= 20211231
CHECKS ?= 1000

.PHONY: build demo run hledger test hunt mutate check bench clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/almoner ./cmd/almoner

demo: build
	rm -rf $(DATA)
	bin/almoner demo --data $(DATA) --addr $(ADDR)

run: build
	bin/almoner serve --data $(DATA) --addr $(ADDR)

# The journal of the accounting export is checked by hledger where there is one. It is installed for that on a machine where this
# may; nothing fails if it is not: the test says that it was skipped.
hledger:
	@if command -v hledger >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing hledger"; \
		{ DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends hledger </dev/null || \
		  { DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends hledger </dev/null; }; } >/dev/null 2>&1 || \
		echo "hledger could not be installed: its test is skipped"; \
	else echo "hledger is not installed: its test is skipped"; fi

# Random tests play the same cases on every machine, so a change is judged by what it changed; `make hunt` plays new ones.
test: hledger
	RAPID_SEED=$(SEED) $(GO) test -timeout 30m ./...

hunt:
	$(GO) test -timeout 0 -count=1 -run 'TestRandomHistories|Random' -rapid.checks=$(CHECKS) ./ledger ./domain/bankfile

# Every mutant of the rules of people, pay runs and rulebooks against their own tests; what survives is listed. It takes a
# quarter of an hour on two cores, and is no part of test or check.
mutate:
	$(GO) run ./internal/mutate -j 2 -least 85 -test '-rapid.seed=$(SEED) -rapid.nofailfile -rapid.shrinktime=1ms' \
		./domain/beneficiary ./domain/payrun ./domain/rulebook

check: build
	@unformatted=$$(gofmt -l . | grep -v '^\.cache/' || true); if [ -n "$$unformatted" ]; then echo "not gofmt'd:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test -count=1 -run 'TestImports|TestDomainIsPure|TestPackages|TestNoSleep|TestFrozenFormats|TestDocuments' .
	@if $(GO) version -m bin/almoner | grep -q 'CGO_ENABLED=1'; then echo "bin/almoner is not static"; exit 1; fi
	@echo "check: ok"

# Ratios stand beside the figures: the store's to a plain append file, the rebuild's to decoding alone. ALMONER_BENCH_ROWS
# makes the town of the last two smaller than 100,000 people.
bench:
	$(GO) test -run '^$$' -bench . ./eventstore/sqlite ./domain/codec
	$(GO) test -run '^$$' -bench . -benchtime 1x ./projections
	$(GO) test -run '^$$' -bench 'BenchmarkDraw$$' ./ledger
	$(GO) test -run '^$$' -bench '(100k|1M)$$' -benchtime 1x -timeout 60m ./ledger

clean:
	rm -rf bin
