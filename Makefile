include common.mk

# The bundles of a project: those that are given, else its own below `samples`, where the plug-in is or here.
bundles_of = $(or $(bundles),$(shell for folder in "$(plugins)/samples/$(1)" "samples/$(1)"; do \
	if [[ -n "$(1)" && -d "$$folder" ]]; then echo "$$folder"; break; fi; done),$(if $(filter hca,$(1)),samples/bundles))

.PHONY: help
help:  ## This list
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: venv  ## Index all samples on this machine and serve them; once=1, chaos=1, bundles=DIR, project=NAME, plugins=DIR, authenticator=CLASS, engine=elasticsearch
	@$(python) -m azul.local.demo --bundles "$(or $(call bundles_of,$(or $(project),hca)),$(error Give bundles=DIR: there is no samples/$(project)))" \
		$(if $(project),--project "$(project)") $(if $(plugins),--plugins "$(plugins)") \
		$(if $(authenticator),--authenticator "$(authenticator)") --engine "$(engine)" $(if $(once),--once) $(if $(chaos),--chaos) \
		$(foreach part,service indexer store aws engine queues,$(if $($(part)_port),--$(part)-port $($(part)_port)))

.PHONY: plugin
plugin: venv  ## Write a new plug-in that works, to start from; name=NAME, out=DIR for a distribution of its own
	@$(python) -m azul.local.scaffold "$(name)" $(if $(out),--out "$(out)")

.PHONY: check-plugin
check-plugin: venv  ## Check a plug-in and what it makes of its samples; name=NAME, plugins=DIR, bundles=DIR
	@$(python) -m azul.local.check_plugin "$(name)" $(if $(plugins),--plugins "$(plugins)") \
		$(if $(call bundles_of,$(name)),--bundles "$(call bundles_of,$(name))")

# The tests of a file stay together, as they share what its fixtures start, and files are taken in the order of their
# names: test/hca/test_demo.py, which takes longest, among the first.
pytest = $(venv)/bin/pytest -n $(or $(workers),4) --dist loadfile --no-loadscope-reorder

.PHONY: test
test: venv  ## All tests, on the real engine and the real queue server; engine=elasticsearch, args=…, plugins=DIR, workers=4
	@AZUL_TEST_ENGINE=$(engine) PYTHONPATH="$(plugins)" $(pytest) -c pyproject.toml $(args)

.PHONY: test-infra
test-infra: venv  ## Make, change and destroy what Terraform makes, in an account that is none; needs terraform; args=…
	@$(venv)/bin/pytest -c pyproject.toml -n 0 -m infra test/infra $(args)

.PHONY: checkov
checkov: venv  ## Install what looks for faults in plans; tests that need it say this themselves
	@cmp -s requirements.checkov.txt .cache/checkov/requirements.checkov.txt || { \
		echo 'Installing checkov …'; \
		rm -rf .cache/checkov && $(venv)/bin/python -m venv --without-pip .cache/checkov \
			&& $(venv)/bin/pip --python .cache/checkov/bin/python install --quiet --disable-pip-version-check -r requirements.checkov.txt \
			&& cp requirements.checkov.txt .cache/checkov; \
	}

.PHONY: test-generic
test-generic: venv  ## The tests of what is generic, in a copy of the tree that has no project at all
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT \
		&& cp -r .dockerignore .gitignore Dockerfile Makefile common.mk pyproject.toml requirements*.txt CHANGELOG.yml .gitlab-ci.yml environment deployments terraform docs lambdas scripts test src "$$copy" \
		&& for project in src/azul/projects/*/; do rm -rf "$$copy/test/$$(basename "$$project")"; done \
		&& rm -rf "$$copy"/src/azul/projects "$$copy/test/contracts" && mkdir -p $(azul_home)/.cache && ln -s $(azul_home)/.cache $(venv) "$$copy" \
		&& cd "$$copy" && AZUL_TEST_ENGINE=$(engine) $(pytest) -p no:cacheprovider $(args)

.PHONY: benchmark-transform
benchmark-transform: venv  ## How fast bundles are transformed, against its goals; bundles=DIR. Fails if a goal is missed
	@PYTHONPATH=$(azul_home)/src:$(azul_home):$(azul_home)/test $(venv)/bin/python -m benchmark.transform --bundles "$(or $(bundles),samples/bundles)"

.PHONY: benchmark-index
benchmark-index: venv  ## How fast bundles are indexed, against its goals; engine=elasticsearch, args=--help. Fails if a goal is missed
	@PYTHONPATH=$(azul_home)/src:$(azul_home):$(azul_home)/test $(venv)/bin/python -m benchmark.index --engine $(engine) $(args)

.PHONY: benchmark-service
benchmark-service: venv  ## How fast the service answers, against its goals; bundles=DIR, engine=elasticsearch, args=--help. Fails if a goal is missed
	@PYTHONPATH=$(azul_home)/src:$(azul_home):$(azul_home)/test:$(azul_home)/test/toy $(venv)/bin/python -m benchmark.service --engine $(engine) \
		--bundles "$(or $(bundles),$(AZUL_REFERENCE_BUNDLES),samples/bundles)" $(args)

.PHONY: benchmark-manifest
benchmark-manifest: venv  ## How fast manifests are made, against its goals; bundles=DIR, engine=elasticsearch, args=--help. Fails if a goal is missed
	@PYTHONPATH=$(azul_home)/src:$(azul_home):$(azul_home)/test:$(azul_home)/test/toy $(venv)/bin/python -m benchmark.manifest --engine $(engine) \
		--bundles "$(or $(bundles),$(AZUL_REFERENCE_BUNDLES),samples/bundles)" $(args)

.PHONY: locust
locust: venv  ## Load for a running service, with a web UI on port 8090; args=--help, among them --host=URL
	@cd $(azul_home) && $(venv)/bin/locust -f scripts/locust/service.py $(args)

.PHONY: soak
soak: venv  ## Random histories with faults, until one does not converge; minutes=60, seed=N, histories=N, engine=elasticsearch
	@PYTHONPATH=$(azul_home)/src:$(azul_home):$(azul_home)/test:$(azul_home)/test/toy $(venv)/bin/python -m properties.soak \
		--engine $(engine) $(if $(minutes),--minutes $(minutes)) $(if $(seed),--seed $(seed)) $(if $(histories),--histories $(histories)) \
		$(if $(without),--without "$(without)")

.PHONY: kill-jobs
kill-jobs: venv  ## Kill the makers of manifests between any two effects, where `make test` tries some; engine=elasticsearch
	@AZUL_TEST_ENGINE=$(engine) $(venv)/bin/pytest -c pyproject.toml -n 0 test/integration/manifest/test_crashes.py \
		--every-death --timeout 3600 $(args)

.PHONY: fuzz
fuzz: venv  ## Random requests to the service, for longer than `make test` tries them; minutes=10, engine=elasticsearch
	@AZUL_TEST_ENGINE=$(engine) $(venv)/bin/pytest -c pyproject.toml -n 0 test/integration/service/test_fuzz.py \
		--fuzz-minutes $(or $(minutes),10) $(args)

.PHONY: reindex index delete
reindex: check_branch  ## Build a new generation of indices beside the one that serves, compare, swap; args=--help tells more
	@$(python) scripts/reindex.py $(args)

index: check_branch  ## Add all bundles of the data store to what is there, without a new generation; args=…
	@$(python) scripts/reindex.py --index $(args)

delete: check_branch  ## Drop all generations of indices, after asking; args=--yes does not ask
	@$(python) scripts/reindex.py --delete $(args)

.PHONY: terraform deploy
terraform: venv  ## Show what the deployment lacks, ask, make it, with the packages of the lambdas that are there
	@$(MAKE) --no-print-directory -C terraform apply

deploy: venv  ## Package the lambdas anew, then the same
	@$(MAKE) --no-print-directory -C lambdas deploy

.PHONY: subscribe unsubscribe
subscribe: check_branch  ## Have the data store notify the indexer; again whenever keys, URL or query have changed. args=--dry-run
	@$(python) scripts/subscribe.py $(args)

unsubscribe: deployment  ## Have it no longer do so
	@$(python) scripts/subscribe.py --unsubscribe $(args)

.PHONY: integration_test
integration_test: check_branch  ## See whether a deployment works that has the commit that is checked out; args=--help
	@$(python) scripts/integration_test.py --commit "$$(git rev-parse HEAD)" $(args)

.PHONY: generations swap rollback drop
generations: venv  ## List the generations of indices
	@$(python) scripts/generations.py list

swap: deployment  ## Send readers to another generation; generation=N
	@$(python) scripts/generations.py swap $(generation)

rollback: deployment  ## Send readers back to the generation before
	@$(python) scripts/generations.py rollback

drop: deployment  ## Delete the indices of a generation that readers are not sent to; generation=N
	@$(python) scripts/generations.py drop $(generation)

.PHONY: tag
tag: check_branch  ## Name what is checked out for the deployment that is selected, and the time
	@tag="deployed/$${AZUL_DEPLOYMENT_STAGE}/$$(date -u +%Y-%m-%d__%H-%M)" && git tag "$$tag" && echo "Now run: git push origin tag $$tag"

.PHONY: variables
variables: venv  ## Write anew what follows from the declarations of settings: docs/variables.md, and lists in `environment`
	@$(python) -m azul.infra.variables

.PHONY: lint
lint: venv  ## Style, by ruff
	@$(venv)/bin/ruff check .

.PHONY: typecheck
typecheck: venv  ## Types, by mypy --strict
	@$(venv)/bin/mypy src samples scripts test/toy test/benchmark lambdas/indexer/app.py
	@$(venv)/bin/mypy lambdas/service/app.py

.PHONY: check
check: lint typecheck  ## All checks that need no engine

.PHONY: samples
samples: venv  ## Write samples/bundles anew
	@$(python) -m samples.generator

.PHONY: golden
golden: venv  ## Write test/hca/golden anew: what becomes of the samples. Fails if documents have changed, but not the fingerprint
	@PYTHONPATH=$(azul_home)/src:$(azul_home):$(azul_home)/test $(venv)/bin/python -m hca.golden

.PHONY: clean
clean:  ## Remove what was made here, the virtual environment and the downloads included
	@$(MAKE) --no-print-directory -C lambdas clean
	@for component in terraform terraform/gitlab terraform/google; do $(MAKE) --no-print-directory -C $$component clean; done
	rm -rf .venv .cache .config .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
