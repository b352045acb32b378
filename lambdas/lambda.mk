# What the folders of all lambdas have in common. Each has a Makefile that says what its package needs: distributions of
# requirements.txt, and those of which nothing is imported, so that what they need themselves is not needed.

include $(dir $(lastword $(MAKEFILE_LIST)))../common.mk
.DEFAULT_GOAL := deploy

lambda := $(notdir $(CURDIR))
# Apart from the sources, as it is full of other people's
build := $(azul_home)/.cache/lambdas/$(lambda)
pip := $(venv)/bin/pip --disable-pip-version-check
# Lambda's Python 3.11 runs on a system whose C library is of version 2.26; wheels for older ones will do.
platform := --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 --implementation cp --python-version 3.11 --only-binary :all:

.PHONY: config
config: venv  ## Write .chalice/config.json
	@$(python) -m azul.infra.render .chalice

# The stamp is the digest of what is to be there.
wheels_are_there = $(build)/vendor/.wheels-$(shell cat wheels.txt 2> /dev/null | $(digest))

.PHONY: wheels
wheels: $(wheels_are_there)  ## Get the wheels for Lambda's platform; one that there is not is an error

$(build)/vendor/.wheels-%: | venv
	@rm -rf $(build)/vendor
	@$(pip) install --quiet --no-deps --require-hashes --no-compile --target $(build)/vendor $(platform) \
		-r wheels.txt || { rm -rf $(build)/vendor; echo 'There are wheels missing for the platform of Lambda: see above.' >&2; exit 1; }
	@touch $@

.PHONY: lock
lock: venv  ## Write wheels.txt: what the package needs, and what that needs
	@$(python) -m azul.infra.lock --needs $(needs) --only-files $(only_files) --out wheels.txt -- $(platform)

.PHONY: package
package: config wheels  ## Make the package, and its module in ../../terraform; plugins=DIR
	@$(python) -m azul.infra.package $(lambda) --project "$(AZUL_PROJECT)"

.PHONY: deploy
deploy:  ## Make the package, show what would be done with it, ask, do it
	@$(MAKE) --no-print-directory -C ../../terraform backend
	@$(MAKE) --no-print-directory package
	@$(MAKE) --no-print-directory -C ../../terraform apply args="-target=module.$(lambda)"

.PHONY: delete
delete:  ## Destroy the functions and the API of this lambda, after asking; the rest of the deployment stays
	@$(MAKE) --no-print-directory -C ../../terraform destroy args="-target=module.$(lambda)"

.PHONY: local
local: deployment  ## Serve this lambda here, as a part of the deployment, but without handling messages; port=8000, plugins=DIR
	@$(python) -m azul.local.deployed $(lambda) $(or $(port),8000)

.PHONY: clean
clean:  ## Remove the package and what it was made of
	@rm -rf $(build) .chalice/config.json ../../terraform/$(lambda)
