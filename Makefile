# A fresh machine needs two commands: `make demo` and `make test`. Both set up what they need.

PYTHON ?= python3
BIN := .venv/bin
STATIC := gateway/attunement/gateway/static
OVERLAY_SOURCES := $(shell find web_overlay/src web_overlay/*.html web_overlay/*.ts web_overlay/*.json -type f 2>/dev/null)
ROOTS := engine kernels pipelines simulator gateway
PACKAGES := $(addprefix -p attunement.,$(ROOTS))

FUZZ ?= 1000000
TABLES := voice_agreement voice_speed pitch_accuracy pitch_speakers voice_robustness voice_crosstalk speech_emotion_eval \
	two_voices_eval burst_alarms batching expression_eval au_eval landmarks_agreement face_robustness face_steadiness face_clips occlusion_eval pulse_eval

.PHONY: help setup demo live test lint bench fuzz overlay system-test lock clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/ready $(STATIC)/overlay.html  ## Python environment, overlay

demo: setup  ## two simulated people in a real call, measured and shown
	$(BIN)/attune demo

live: setup  ## serve: capture pages for two people, an overlay for the therapist
	$(BIN)/attune serve --demo-session

test: setup system-test lint  ## everything that must hold
	cd web_overlay && npm test --silent
	$(BIN)/pytest -n auto --maxprocesses 4 -m "not live and not browser"
	$(BIN)/pytest -m "live or browser"  # one call at a time: it has the machine to itself

lint: .venv/ready $(STATIC)/overlay.html  ## style, types, the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web_overlay && npm run lint --silent

bench: setup .venv/peers  ## the tables of docs/BENCHMARKS.md: hours
	$(BIN)/pytest -s benchmarks/*.py --benchmark-only --benchmark-columns=min,median,max,rounds
	for table in $(TABLES); do $(BIN)/python -m benchmarks.$$table || exit 1; done

fuzz: .venv/ready  ## a million damaged inputs over all parsers, on all cores
	PYTHONPATH=engine:kernels:pipelines:simulator:gateway $(BIN)/python -m tests.fuzz.run --inputs $(FUZZ)

bench-network: setup  ## what is left of calls over bad networks, beside stock aiortc
	PYTHONPATH=. $(BIN)/python benchmarks/network.py

overlay: $(STATIC)/overlay.html  ## the pages, built into the Python package

.venv/ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet pip==26.3
	# By its very pin and first: anything else that wants torch would bring gigabytes of CUDA.
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet -c constraints.txt -e ".[all]" --group dev
	touch $@

# What others have made of the same task, to be measured beside it; MediaPipe links against two
# graphics libraries.
.venv/peers: .venv/ready
	@bash .ci/system-packages libEGL.so.1:libegl1 libGLESv2.so.2:libgles2
	$(BIN)/pip install --quiet -c constraints.txt --group bench
	# Without what it asks for, which would lay a second OpenCV over the first.
	$(BIN)/pip install --quiet -c constraints.txt --no-deps mediapipe
	touch $@

web_overlay/node_modules/.package-lock.json: web_overlay/package-lock.json
	cd web_overlay && npm ci --no-audit --no-fund --loglevel=error

$(STATIC)/overlay.html: web_overlay/node_modules/.package-lock.json $(OVERLAY_SOURCES)
	cd web_overlay && npm run build --silent
	touch $@

system-test:
	@bash .ci/system-packages chromium:chromium turnserver:coturn

lock: .venv/ready  ## write the versions of today into constraints.txt
	$(BIN)/pip freeze --exclude-editable | sed 's/+cpu//' > constraints.txt

clean:
	rm -rf .venv web_overlay/node_modules $(STATIC) dist test-output .benchmarks
