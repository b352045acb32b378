# What the folders of all components have in common: templates to JSON, JSON to resources. Each has a Makefile with nothing
# but an include of this file, so that `make -C terraform/gitlab plan` does there what `make -C terraform plan` does here.
# The component must be the one that is selected: the templates refuse to be rendered otherwise.

include $(dir $(lastword $(MAKEFILE_LIST)))../common.mk
.DEFAULT_GOAL := apply

export TF_IN_AUTOMATION := 1
# For all commands that look at resources, `-target=…` for instance
args ?=
terraform := terraform
# For somebody else to be done with the state. Who is at a terminal is told at once instead, and decides.
lock_timeout := -lock-timeout=$(if $(CI),10m,0s)
after_apply ?= true

.PHONY: config
config: venv  ## Write the ….tf.json of the templates
	@$(python) -m azul.infra.render $(CURDIR)

# One after the other, and before anything takes time
.NOTPARALLEL:

.PHONY: backend
backend: provisioning  ## Check that the state of Terraform can be kept, too
	@$(python) -m azul.infra.backend

.PHONY: init
init: provisioning backend config
	@$(terraform) init -input=false -reconfigure $(terraform_init_args)

# Terraform does that by itself before it plans or applies: this is for those who want nothing else.
.PHONY: validate
validate: init  ## Check what was written
	@$(terraform) validate

.PHONY: plan
plan: init  ## Show what `apply` would do
	@$(terraform) plan -input=false $(lock_timeout) $(args)

.PHONY: apply
apply: init  ## Show it, ask, do it
	@$(terraform) apply $(lock_timeout) $(args)
	@$(after_apply)

.PHONY: auto_apply
auto_apply: init  ## Do it without asking, for CI
	@$(terraform) apply -input=false -auto-approve $(lock_timeout) $(args)
	@$(after_apply)

.PHONY: destroy
destroy: init  ## Show what is there, ask, destroy it
	@$(terraform) destroy $(lock_timeout) $(args)

.PHONY: auto_destroy
auto_destroy: init  ## Destroy it without asking, after ten seconds
	@echo 'All resources of this deployment will be destroyed in 10 seconds. Hit Ctrl-C to keep them.' >&2
	@sleep $(or $(delay),10)
	@$(terraform) destroy -input=false -auto-approve $(lock_timeout) $(args)

.PHONY: clean
clean:  ## Remove what was made of the templates
	@if [[ -x $(venv)/bin/python ]]; then $(python) -m azul.infra.render --clean $(CURDIR); fi
