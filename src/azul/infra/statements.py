"""Policies, of whatever AWS has them for: the document, and the statement that most of them are made of."""
from collections.abc import Iterable, Sequence

from azul.index.bundle import JSON


def document(statements: Iterable[JSON]) -> JSON:
    return {'Version': '2012-10-17', 'Statement': list(statements)}


def allow(actions: Sequence[str],
          resources: Sequence[str] = (),
          *,
          to: JSON | str | None = None,
          condition: JSON | None = None
          ) -> JSON:
    """
    :param resources: none in the policy of a role, on who may take it
    :param to: the principal, in the policy of a resource; none in that of a role, which is for who has the role
    :param condition: as AWS has it, by operators, then by keys
    """
    return {'Effect': 'Allow', 'Action': sorted(actions),
            **({'Resource': list(dict.fromkeys(resources))} if resources else {}),
            **({'Principal': to} if to else {}),
            **({'Condition': condition} if condition else {})}
