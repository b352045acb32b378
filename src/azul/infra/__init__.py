"""Functions of settings that give the declarations of a deployment's resources, as Terraform reads them from JSON.

How a deployment comes about::

    terraform/**/X.tf.json.template.py ──▶ azul.infra.render ──▶ X.tf.json
      settings (azul.deployment) ──▶ a function of ours for each family of resources, pure ──▶ emit(…)

    lambdas/<name>/ ──▶ wheels, `azul`, `chalice package` ──▶ a zip, and chalice.tf.json
      chalice.tf.json ──▶ what of it cannot be used is put right ──▶ terraform/<name>/, a module of the root

    terraform init, validate, plan, apply: see terraform/component.mk

A template has no logic beyond the choice of what to emit. What several of them need to know of the same thing, be it a
name, is a function here or a member of the settings.
"""
from pathlib import Path

ROOT = Path(__file__).absolute().parents[3]
"""Of the checkout. Not resolved: tests make checkouts of links."""
