# Emberwatch. Each target first makes the Python environments that it needs, under .venv/,
# from requirements/ (scripts/setup.sh); PYTHON=... chooses the Python, 3.11 to 3.13.

WORKSTATION := .venv/workstation/bin/python
# An RTSP camera for the tests.
RTSP_SERVER := python3-gst-1.0 gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good \
  gstreamer1.0-plugins-bad

.PHONY: help demo test lint bench test-arm64 test-gpio test-browser test-cluster test-readers profiles fuzz clean distclean

help: ## Show this list
	@echo "make TARGET [PYTHON=python3.12] [EMBERWATCH_DATA=folder of real pictures]"
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

demo: ## Retrain, convert, prove and package a model, then raise an alarm with it (build/demo/)
	@scripts/setup.sh workstation edge
	@$(WORKSTATION) scripts/demo.py

test: ## Run the tests, the edge's in each Pi environment too (ARGS="-k labels")
	@scripts/setup.sh --dev workstation edge edge-litert
	@# Installing them starts servers on some machines, so nobody gets one unasked.
	@[ -z "$$CI" ] || scripts/apt.sh openssh-server mosquitto libfaketime $(RTSP_SERVER)
	@scripts/test.sh $(ARGS)

lint: ## Check style, types and import directions
	@scripts/setup.sh --dev workstation
	@scripts/lint.sh

bench: ## Measure against the alternatives (build/bench.json)
	@scripts/setup.sh --dev workstation edge edge-litert rivals
	@$(WORKSTATION) -m tests.benchmarks

test-arm64: ## Run a bundle on the Pi's own aarch64 wheels, under emulation
	@scripts/setup.sh --dev workstation edge edge-litert
	@scripts/apt.sh mmdebstrap qemu-user-static
	@$(WORKSTATION) -m pytest tests/arm64 $(ARGS)

test-gpio: ## Run the service on an emulated Pi with a real GPIO chip; kill it, hang it
	@scripts/setup.sh --dev workstation edge edge-litert
	@scripts/apt.sh mmdebstrap qemu-user-static qemu-system-arm
	@$(WORKSTATION) -m pytest tests/gpio $(ARGS)

test-browser: ## Open the report pages in a real browser (headless chromium)
	@scripts/setup.sh --dev workstation
	@scripts/apt.sh chromium
	@$(WORKSTATION) -m pytest tests/browser $(ARGS)

test-cluster: ## Compute bottlenecks on a Ray cluster of two local workers, and kill one
	@scripts/setup.sh --dev --cluster workstation
	@$(WORKSTATION) -m pytest tests/cluster $(ARGS)

test-readers: ## Read our models with MediaPipe Tasks, which knows nothing of us
	@scripts/setup.sh --dev workstation edge edge-litert readers
	@scripts/apt.sh libegl1 libgles2
	@$(WORKSTATION) -m pytest tests/readers $(ARGS)

profiles: ## Ask each target's runtime, emulated, what it takes (converter/preflight/profiles/)
	@scripts/setup.sh --dev workstation edge edge-litert
	@scripts/apt.sh mmdebstrap qemu-user-static
	@$(WORKSTATION) -m tests.arm64.profiles $(ARGS)

fuzz: ## Throw 20,000 damaged model files at preflight (build/fuzz/ keeps what fails)
	@scripts/setup.sh --dev workstation edge edge-litert
	@$(WORKSTATION) -m tests.converter.preflight.fuzz $(ARGS)

clean: ## Remove what was built
	rm -rf build dist *.egg-info edge/*.egg-info edge/build
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove the Python environments too
	rm -rf .venv
