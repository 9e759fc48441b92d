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
MANUALS = .build/manuals
BUILD = swift build -c release --static-swift-stdlib

.PHONY: help build demo test fuzz bench install format

help: ## Shows this.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

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

bench: ## Runs the benchmarks.
	@scripts/dependencies test
	@swift package --package-path Benchmarks benchmark

install: build ## Installs the programs, their manuals and completions, the systemd unit and an example.
	rm -rf $(MANUALS)
	scripts/manuals .build/release $(MANUALS)
	install -D -m 755 -t $(DESTDIR)$(SBINDIR) .build/release/lvsdrd .build/release/lvs-ipvsadm
	install -D -m 755 -t $(DESTDIR)$(BINDIR) .build/release/lvsdr
	install -D -m 644 -t $(DESTDIR)$(MANDIR) $(MANUALS)/man8/*
	install -D -m 644 -t $(DESTDIR)$(BASHDIR) $(MANUALS)/bash-completion/*
	install -D -m 644 -t $(DESTDIR)$(ZSHDIR) $(MANUALS)/zsh/*
	install -D -m 644 -t $(DESTDIR)$(FISHDIR) $(MANUALS)/fish/*
	install -D -m 644 systemd/lvsdr.yaml $(DESTDIR)$(SYSCONFDIR)/lvsdr/lvsdr.yaml.example
	install -d $(DESTDIR)$(UNITDIR)
	for unit in lvsdrd.service lvsdr-realserver.service; do \
		sed 's|@SBINDIR@|$(SBINDIR)|; s|@BINDIR@|$(BINDIR)|; s|@SYSCONFDIR@|$(SYSCONFDIR)|' \
			systemd/$$unit > $(DESTDIR)$(UNITDIR)/$$unit; done

format: ## Formats the sources.
	@scripts/format
