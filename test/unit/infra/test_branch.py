from dataclasses import replace

import pytest

from azul.deployment import MAIN_STAGES
from azul.infra.branch import Checkout, misplacements

LAPTOP = Checkout(stage='dev', aws_endpoint='http://127.0.0.1:8003')


def faults(branch: str | None, stage: str, *, personal: bool = False) -> list[str]:
    return list(misplacements(branch, Checkout(stage=stage), personal=personal))


@pytest.mark.parametrize('branch', [*MAIN_STAGES, 'main', 'feature', None])
@pytest.mark.parametrize('stage', [*MAIN_STAGES.values(), 'sandbox', 'mine'])
def test_a_protected_branch_and_its_main_deployment_are_for_each_other_only(branch: str | None, stage: str):
    allowed = MAIN_STAGES.get(branch or '', 'none') == stage \
        or (branch not in MAIN_STAGES and stage not in MAIN_STAGES.values())
    assert len(faults(branch, stage)) == (0 if allowed else 1)


def test_who_is_stopped_is_told_what_to_do():
    assert faults('develop', 'mine') == ['The branch develop is for the deployment dev, and mine is selected: '
                                         'say `_select dev`, or check out another branch.']
    assert faults('feature', 'prod') == ['The deployment prod is made from the branch prod, and the branch feature is '
                                         'checked out: say `git checkout prod`, or `_select NAME` with another '
                                         'deployment.']
    assert 'a commit that is not on a branch is checked out' in faults(None, 'prod')[0]


@pytest.mark.parametrize('branch', ['develop', 'feature', None])
def test_what_is_personal_is_not_done_to_main_deployments(branch: str | None):
    assert faults(branch, 'mine', personal=True) == []
    assert len(faults(branch, 'dev', personal=True)) == 1


def test_no_deployment_is_none_to_do_anything_to():
    assert faults('develop', '') == ['No deployment is known here: say `source environment`.']


def test_everything_goes_where_there_is_no_account():
    assert list(misplacements('feature', LAPTOP, personal=True)) == []
    assert len(list(misplacements('feature', replace(LAPTOP, aws_endpoint=''), personal=False))) == 1


def test_a_checkout_is_known_without_any_settings():
    assert Checkout.from_environment({}) == Checkout()
    assert Checkout.from_environment({'CI_COMMIT_REF_NAME': 'develop'}).branch == 'develop'
