# SPDX-License-Identifier: Apache-2.0

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=

SBINDIR = $(PREFIX)/sbin
BINDIR = $(PREFIX)/bin
# systemd looks for units below /usr/local too.
UNITDIR = $(PREFIX)/lib/systemd/system
MANDIR = $(PREFIX)/share/man/man8
BASHDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR = $(PREFIX)/share/zsh/site-functions
FISHDIR = $(PREFIX)/share/fish/vendor_completions.d
DOCDIR = $(PREFIX)/share/doc/lvsdr
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d
TMPFILESDIR = $(PREFIX)/lib/tmpfiles.d
# Where the programs are built.
BUILT = .build/release
MANUALS = .build/manuals
SBIN_PROGRAMS = lvsdrd lvs-ipvsadm
UNITS = lvsdrd.service lvsdr-realserver.service
DOCS = README.md docs/alerts.yaml docs/prometheus.yaml systemd/realtime.conf systemd/af-xdp.conf
FILL = sed 's|@SBINDIR@|$(SBINDIR)|; s|@BINDIR@|$(BINDIR)|; s|@SYSCONFDIR@|$(SYSCONFDIR)|'
BUILD = swift build -c release --static-swift-stdlib

.PHONY: help build demo test fuzz bench microbench install install-files uninstall format

help: ## Shows this.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

build: ## Builds the programs for use.
	@scripts/dependencies
	@echo "Building the programs; the first time takes some minutes"
	@$(BUILD)

demo: build ## Shows the director at work in a network of its own; needs root.
	@.build/release/lvsdr-lab demo

test: ## Runs all checks and tests; some need root.
	@scripts/dependencies test
	@scripts/test

fuzz: ## Searches ten minutes each for input that brings a parser or the pipeline down.
	@scripts/dependencies test
	@scripts/fuzz all 600

bench: build ## Compares forwarding throughput on this machine; needs root.
	@scripts/dependencies test
	@.build/release/lvsdr-lab bench

microbench: ## Runs the data plane's micro-benchmarks.
	@scripts/dependencies test
	@swift package --package-path Benchmarks benchmark

install: build ## Installs programs, manuals, completions, units, and examples.
	@$(MAKE) --no-print-directory install-files

install-files:
	rm -rf $(MANUALS)
	scripts/manuals $(BUILT) $(MANUALS)
	install -D -m 755 -t $(DESTDIR)$(SBINDIR) $(SBIN_PROGRAMS:%=$(BUILT)/%)
	install -D -m 755 -t $(DESTDIR)$(BINDIR) $(BUILT)/lvsdr
	install -D -m 644 -t $(DESTDIR)$(MANDIR) $(MANUALS)/man8/*
	install -D -m 644 -t $(DESTDIR)$(BASHDIR) $(MANUALS)/bash-completion/*
	install -D -m 644 -t $(DESTDIR)$(ZSHDIR) $(MANUALS)/zsh/*
	install -D -m 644 -t $(DESTDIR)$(FISHDIR) $(MANUALS)/fish/*
	install -D -m 644 -t $(DESTDIR)$(DOCDIR) $(DOCS)
	install -D -m 644 -t $(DESTDIR)$(DOCDIR)/keepalived docs/keepalived/*
	install -D -m 644 systemd/lvsdr.yaml $(DESTDIR)$(SYSCONFDIR)/lvsdr/lvsdr.yaml.example
	install -D -m 644 systemd/lvsdr.sysusers $(DESTDIR)$(SYSUSERSDIR)/lvsdr.conf
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(TMPFILESDIR)
	$(FILL) systemd/lvsdr.tmpfiles > $(DESTDIR)$(TMPFILESDIR)/lvsdr.conf
	for unit in $(UNITS); do \
		$(FILL) systemd/$$unit > $(DESTDIR)$(UNITDIR)/$$unit || exit 1; done

uninstall: ## Removes what install has placed; your configuration stays.
	rm -f $(SBIN_PROGRAMS:%=$(DESTDIR)$(SBINDIR)/%) $(DESTDIR)$(BINDIR)/lvsdr
	rm -f $(DESTDIR)$(MANDIR)/lvsdr-*.8 $(DESTDIR)$(MANDIR)/lvsdr.8 $(DESTDIR)$(MANDIR)/lvsdrd.8
	rm -f $(DESTDIR)$(BASHDIR)/lvsdr $(DESTDIR)$(BASHDIR)/lvsdrd
	rm -f $(DESTDIR)$(ZSHDIR)/_lvsdr $(DESTDIR)$(ZSHDIR)/_lvsdrd
	rm -f $(DESTDIR)$(FISHDIR)/lvsdr.fish $(DESTDIR)$(FISHDIR)/lvsdrd.fish
	rm -rf $(DESTDIR)$(DOCDIR)
	rm -f $(DESTDIR)$(SYSCONFDIR)/lvsdr/lvsdr.yaml.example
	rm -f $(DESTDIR)$(SYSUSERSDIR)/lvsdr.conf $(DESTDIR)$(TMPFILESDIR)/lvsdr.conf
	rm -f $(UNITS:%=$(DESTDIR)$(UNITDIR)/%)
	rmdir --ignore-fail-on-non-empty $(DESTDIR)$(SYSCONFDIR)/lvsdr 2>/dev/null || true

format: ## Formats the sources.
	@scripts/format
