"""Whether all that is declared is as it should be on AWS, so far as checkov knows. Of templates it sees nothing, hence
plans."""
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azul.index.bundle import JSON
from fixtures import gitlab
from fixtures.accepted import idle, rejected
from fixtures.checkout import Checkout
from fixtures.checkov import Finding, findings, install
from fixtures.deployed import Deployed

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope='module')
def planned(undeployed: Deployed) -> JSON:
    """The plan for all of it, as nothing is there."""
    install()
    undeployed.make('-C lambdas package')
    return undeployed.plan()


@pytest.fixture(scope='module')
def found(planned: JSON, tmp_path_factory: pytest.TempPathFactory) -> set[Finding]:
    """In that plan."""
    return findings(planned, tmp_path_factory.mktemp('found'))


def resources(plan: JSON) -> Iterator[dict[str, Any]]:
    """Each with its address, and the values that are known."""
    modules = [plan['planned_values']['root_module']]
    while modules:
        module = modules.pop()
        modules += module.get('child_modules', [])
        yield from module.get('resources', [])


def test_nothing_is_found_in_a_plan_for_azul_but_what_is_accepted_with_a_reason(found: set[Finding]):
    assert rejected(found) == set()


def test_faults_are_found(planned: JSON, tmp_path: Path):
    faulty = copy.deepcopy(planned)
    of = {each['address']: each.get('values', {}) for each in resources(faulty)}
    engine = of['aws_elasticsearch_domain.engine']
    of['aws_sqs_queue.notifications']['sqs_managed_sse_enabled'] = False
    of['aws_s3_bucket_public_access_block.storage']['block_public_policy'] = False
    of['aws_s3_bucket_versioning.urls']['versioning_configuration'][0]['status'] = 'Suspended'
    engine['encrypt_at_rest'][0]['enabled'] = False
    engine['domain_endpoint_options'][0]['tls_security_policy'] = 'Policy-Min-TLS-1-0-2019-07'
    of['module.service.aws_cloudwatch_log_group.work']['retention_in_days'] = 30
    assert rejected(findings(faulty, tmp_path)) == {
        Finding('CKV_AWS_27', 'aws_sqs_queue.notifications'),
        Finding('CKV2_AWS_6', 'aws_s3_bucket.storage'),
        Finding('CKV_AWS_54', 'aws_s3_bucket_public_access_block.storage'),
        Finding('CKV_AWS_21', 'aws_s3_bucket.urls'),
        Finding('CKV_AWS_5', 'aws_elasticsearch_domain.engine'),
        Finding('CKV_AWS_228', 'aws_elasticsearch_domain.engine'),
        Finding('CKV_AWS_338', 'module.service.aws_cloudwatch_log_group.work'),
    }


def test_a_plan_of_which_not_all_is_looked_at_is_not_a_good_one(planned: JSON, tmp_path: Path):
    partial = copy.deepcopy(planned)
    partial['planned_values']['root_module']['child_modules'].pop()
    with pytest.raises(AssertionError, match=r'has looked at [1-9]\d* of [1-9]\d* resources'):
        findings(partial, tmp_path)


@pytest.mark.infra
def test_nor_is_one_of_nothing(tmp_path: Path):
    install()
    nothing = {'format_version': '1.2', 'terraform_version': '1.11.4', 'planned_values': {'root_module': {}},
               'resource_changes': [], 'configuration': {'root_module': {}}}
    with pytest.raises(AssertionError, match='there is nothing in the plan'):
        findings(nothing, tmp_path)


@pytest.mark.infra
@pytest.mark.timeout(1800)
def test_what_is_accepted_is_needed_for_something(undeployed: Deployed, found: set[Finding], checkout: Checkout,
                                                  account: str, tmp_path: Path):
    # A plan for what is there tells what was not known before, policies above all; but of what was not told, it has
    # what AWS, or its stand-in, makes of it.
    undeployed.make('-C terraform auto_apply')
    of_made = findings(undeployed.plan(), tmp_path)
    assert rejected(of_made, made=True) == set()

    gitlab.prepare(checkout, account)
    gitlab.make_volume(account)
    checkout.does(f'make -C {gitlab.GITLAB} plan args=-out=plan')
    of_gitlab = findings(json.loads(checkout.does(f'terraform -chdir={gitlab.GITLAB} show -json plan')), tmp_path)
    assert rejected(of_gitlab) == set()

    assert idle(found | of_made | of_gitlab) == set()
