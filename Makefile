# Everything one does with this repository. Bare `make` lists it.
#
# What a target needs it sets up itself: Debian packages are installed as root
# or through sudo without a password, otherwise named in one line.

.DEFAULT_GOAL := help
SHELL := /bin/sh

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BUILD = go build -trimpath -buildvcs=false -ldflags "-X main.version=$(VERSION)" -o bin/kiosk

# The plain build needs no C compiler and no library. A machine's own module
# settings (a proxy, a mirror) stay in force.
PLAIN = CGO_ENABLED=0

# The window's build. webview_go asks pkg-config for webkit2gtk-4.0; the folder
# below makes that mean 4.1. Go's build cache does not see what pkg-config
# answers, so the choice is repeated in flags that it does see.
WEBVIEW = CGO_ENABLED=1 PKG_CONFIG_PATH="$(CURDIR)/ui/window/pkgconfig:$$PKG_CONFIG_PATH" \
	CGO_CFLAGS="-O2 -g -DKIOSK_WEBKIT_API=41" CGO_CXXFLAGS="-O2 -g -DKIOSK_WEBKIT_API=41"
# The packages that differ with the tag.
WEBVIEW_PACKAGES = ./ui/window/... ./cmd/...

STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

WINDOW_DEBS = gcc g++ pkg-config libgtk-3-dev libwebkit2gtk-4.1-dev bubblewrap xdg-dbus-proxy fonts-noto-core
TEST_DEBS = $(WINDOW_DEBS) chromium chromium-driver webkit2gtk-driver libwebkit2gtk-4.1-0 xvfb xdotool \
	poppler-utils qpdf strace systemd sane-utils

##@ Look at it

demo: setup-go assets-try ## the whole kiosk with virtual devices in a browser (ARGS="--walk" for one dossier without a screen)
	@echo "kiosk: building bin/kiosk; the first time takes a minute or two" >&2
	@$(PLAIN) $(BUILD) ./cmd/kiosk
	@bin/kiosk demo $(ARGS)

run: setup-go setup-window assets-try ## the same, shown in the kiosk's own window
	@[ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || echo "kiosk: there is no display here; the addresses below work in any browser" >&2
	@echo "kiosk: building bin/kiosk with its window; the first time takes a minute or two" >&2
	@$(WEBVIEW) $(BUILD) -tags webview ./cmd/kiosk
	@bin/kiosk demo $(ARGS)

##@ Build

build: setup-go assets-try ## bin/kiosk, the service: static, needs nothing
	$(PLAIN) $(BUILD) ./cmd/kiosk

build-window: setup-go setup-window assets-try ## bin/kiosk with the window in it
	$(WEBVIEW) $(BUILD) -tags webview ./cmd/kiosk

assets: setup-npm ## fonts and scripts of the pages, checkers of the tests (npm)
	@.ci/assets

icons: assets ## draw ui/kit/icons anew (NAMES="house x" adds some)
	@.ci/icons $(NAMES)

##@ Prove it

test: setup-go setup-test assets ## the whole fast suite, with real browsers and the real window
	$(PLAIN) go test -timeout 9m ./...
	$(WEBVIEW) go test -timeout 5m -tags webview -run 'Window|Show' $(WEBVIEW_PACKAGES)

check: check-format check-vet check-static check-arch check-race ## format, vet, staticcheck, architecture, race detector

check-format: setup-go ## gofmt changes nothing
	@found=$$(find . -name node_modules -prune -o -name '*.go' -print | xargs gofmt -l); \
	[ -z "$$found" ] || { echo "gofmt -w would change:" >&2; echo "$$found" >&2; exit 1; }

check-vet: setup-go setup-window ## go vet, without and with the window
	$(PLAIN) go vet ./...
	$(WEBVIEW) go vet -tags webview $(WEBVIEW_PACKAGES)

check-static: setup-go setup-window ## staticcheck, without and with the window
	$(PLAIN) $(STATICCHECK) ./...
	$(WEBVIEW) $(STATICCHECK) -tags webview $(WEBVIEW_PACKAGES)

check-arch: setup-go ## only the rules of the house: imports, owners, comments
	$(PLAIN) go test -count=1 ./cmd/kiosk/arch_test.go

check-race: setup-go setup-gcc ## the short tests under the race detector
	CGO_ENABLED=1 go test -timeout 15m -race -short ./...

deep: setup-go setup-test assets ## everything at full counts, up to 40 minutes (KIOSK_DEEP=1)
	KIOSK_DEEP=1 $(PLAIN) go test -count=1 -timeout 40m ./...
	KIOSK_DEEP=1 $(WEBVIEW) go test -count=1 -timeout 10m -tags webview -run 'Window|Show' $(WEBVIEW_PACKAGES)

FUZZTIME ?= 10s
fuzz: setup-go ## every fuzz target for a while (FUZZTIME=10s)
	@.ci/fuzz $(FUZZTIME)

bench: setup-go ## all benchmarks
	$(PLAIN) go test -run '^$$' -bench . -benchmem ./...

##@ Around it

pictures: setup-go setup-test assets ## the pictures of docs/pictures anew
	KIOSK_PICTURES="$(CURDIR)/docs/pictures" $(PLAIN) go test -count=1 -timeout 10m ./cmd/kiosk/ -run '^TestPictures$$'

lock: setup-npm ## package-lock.json anew, without anybody's registry in it
	npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

clean: ## remove what was built and fetched
	rm -rf bin node_modules artifacts
	find ui/static/vendor -mindepth 1 ! -name .gitkeep -delete

setup-go:
	@.ci/need-go

setup-gcc:
	@command -v gcc >/dev/null 2>&1 || .ci/need-packages gcc libc6-dev

setup-window:
	@.ci/need-packages $(WINDOW_DEBS)

setup-test:
	@.ci/need-packages $(TEST_DEBS)

setup-npm:
	@command -v npm >/dev/null 2>&1 || .ci/need-packages npm

assets-try:
	@.ci/assets --try

help:
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: help demo run build build-window assets icons test check check-format check-vet check-static check-arch \
	check-race deep fuzz bench pictures lock clean setup-go setup-gcc setup-window setup-test setup-npm assets-try
