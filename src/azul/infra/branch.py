"""Which branch may be deployed where.

A protected branch goes to its main deployment and nowhere else; nothing else goes there. Where there is no account, but
the stand-in of a laptop, everything goes.
"""
from collections.abc import Iterator
from dataclasses import dataclass

from azul.config import Config, Settings, inherited, setting
from azul.deployment import MAIN_STAGES, Deployment


@dataclass(frozen=True, kw_only=True)
class Checkout(Settings):
    """What there is to be known while perhaps no deployment is selected."""
    stage: str = inherited(Config, 'stage', default='')
    component: str = inherited(Deployment, 'component', default='')
    aws_endpoint: str = inherited(Config, 'aws_endpoint', default='')
    branch: str = setting('CI_COMMIT_REF_NAME', 'Branch or tag that GitLab works on; empty where git is to be asked.',
                          default='')

    @property
    def on_account(self) -> bool:
        """Whether its deployment is one to an account, not to a stand-in."""
        return not self.aws_endpoint


def misplacements(branch: str | None, checkout: Checkout, *, personal: bool) -> Iterator[str]:
    """
    Why the deployment must not be touched from here: a sentence each.

    :param branch: None for a commit that is not on a branch
    :param personal: whether it has to be one that is not a main one, whatever the branch
    """
    main = MAIN_STAGES.get(branch or '')
    of = {stage: name for name, stage in MAIN_STAGES.items()}.get(checkout.stage)
    here = f'the branch {branch}' if branch else 'a commit that is not on a branch'
    if not checkout.stage:
        yield 'No deployment is known here: say `source environment`.'
    elif not checkout.on_account:
        return
    elif personal:
        if of is not None:
            yield (f'{checkout.stage} is a main deployment, and this is only done to others: '
                   'say `_select NAME` with one of your own.')
    elif main is not None and main != checkout.stage:
        yield (f'The branch {branch} is for the deployment {main}, and {checkout.stage} is selected: '
               f'say `_select {main}`, or check out another branch.')
    elif main is None and of is not None:
        yield (f'The deployment {checkout.stage} is made from the branch {of}, and {here} is checked out: '
               f'say `git checkout {of}`, or `_select NAME` with another deployment.')
