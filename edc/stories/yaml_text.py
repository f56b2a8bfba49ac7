"""YAML read as it was written: every scalar stays text, but for null, true and false.

A code ``NO``, a day ``2024-03-18`` and a value ``36.80`` mean what stands in the file; YAML's own
guesses would make them something else. A key given twice is refused.
"""

from __future__ import annotations

from typing import Any

import yaml

DEEPEST = 20
_WORDS = {"null": None, "~": None, "": None, "true": True, "false": False}


class YamlRefused(ValueError):
    """The file is not YAML that a story can be written in."""


def read_yaml(text: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what *text* holds, as mappings, lists, text, None, True and False.

    :raises YamlRefused: naming the line.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise YamlRefused(" ".join(str(error).split())) from error
    return None if node is None else _plain(node, depth=0)


def _plain(node: yaml.Node, *, depth: int) -> Any:  # noqa: ANN401 - see read_yaml
    if depth > DEEPEST:
        raise YamlRefused(f"line {_line(node)}: nested too deeply")
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = _key(key_node)
            if key in found:
                raise YamlRefused(f"line {_line(key_node)}: {key} is given twice")
            found[key] = _plain(value_node, depth=depth + 1)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, depth=depth + 1) for one in node.value]
    text = str(node.value)
    is_plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return _WORDS.get(text, text) if is_plain else text


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise YamlRefused(f"line {_line(node)}: a key is one word")
    return str(node.value)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
