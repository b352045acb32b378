include common.mk

.PHONY: help
help:  ## This list
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: venv  ## Index all samples on this machine and serve them; once=1, chaos=1, bundles=DIR, engine=elasticsearch
	@$(python) -m azul.local.demo --bundles "$(or $(bundles),samples/bundles)" --engine "$(engine)" $(if $(once),--once) $(if $(chaos),--chaos) \
		$(foreach part,service indexer store aws engine queues,$(if $($(part)_port),--$(part)-port $($(part)_port)))

.PHONY: test
test: venv  ## All tests, on the real engine and the real queue server; engine=elasticsearch
	@AZUL_TEST_ENGINE=$(engine) $(venv)/bin/pytest $(args)

.PHONY: test-generic
test-generic: venv  ## The tests of what is generic, in a copy of the tree that has no project at all
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT \
		&& cp -r Makefile common.mk pyproject.toml requirements*.txt CHANGELOG.yml lambdas test src "$$copy" \
		&& rm -rf "$$copy"/src/azul/projects "$$copy"/test/hca && mkdir -p $(azul_home)/.cache && ln -s $(azul_home)/.cache "$$copy/.cache" \
		&& cd "$$copy" && AZUL_TEST_ENGINE=$(engine) $(venv)/bin/pytest -p no:cacheprovider $(args)

.PHONY: lint
lint: venv  ## Style, by ruff
	@$(venv)/bin/ruff check .

.PHONY: typecheck
typecheck: venv  ## Types, by mypy --strict
	@$(venv)/bin/mypy src samples test/toy lambdas/indexer/app.py
	@$(venv)/bin/mypy lambdas/service/app.py

.PHONY: check
check: lint typecheck  ## All checks that need no engine

.PHONY: samples
samples: venv  ## Write samples/bundles anew
	@$(python) -m samples.generator

.PHONY: clean
clean:  ## Remove what was made here, the virtual environment and the downloads included
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
