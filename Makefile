# make demo    build, run the town's year on the embedded store, leave the API open on localhost
# make test    all tests      make check   formatting, vet, staticcheck, house rules, static binary      make bench   figures

GO ?= go
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
DATA ?= $(CURDIR)/bin/demo
ADDR ?= 127.0.0.1:8080
SEED ?= 20211231
CHECKS ?= 1000

.PHONY: build demo run test hunt check bench clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/almoner ./cmd/almoner

demo: build
	rm -rf $(DATA)
	bin/almoner demo --data $(DATA) --addr $(ADDR)

run: build
	bin/almoner serve --data $(DATA) --addr $(ADDR)

# Random tests play the same cases on every machine, so a change is judged by what it changed; `make hunt` plays new ones.
test:
	RAPID_SEED=$(SEED) $(GO) test -timeout 30m ./...

hunt:
	$(GO) test -timeout 0 -count=1 -run 'TestRandomHistories|Random' -rapid.checks=$(CHECKS) ./ledger ./domain/bankfile

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
