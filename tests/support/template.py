"""The template, read as it is written."""

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]

type Resource = dict[str, Any]


@cache
def _read() -> dict[str, Any]:
    document: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return document


class Template:
    """The resources of template.yaml."""

    def __init__(self) -> None:
        self.document = copy.deepcopy(_read())
        self.resources: dict[str, Resource] = self.document["Resources"]

    def of_type(self, kind: str) -> dict[str, Resource]:
        """Returns the properties of all resources of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def functions(self) -> dict[str, Resource]:
        """Returns the functions' properties."""
        return self.of_type("AWS::Serverless::Function")

    def package(self, function: str) -> str:
        """Returns the package that a function runs."""
        handler: str = self.functions()[function]["Handler"]
        return handler.partition(".")[0]

    def environment(self, function: str) -> dict[str, Any]:
        """Returns a function's variables, the global ones included."""
        everywhere = self.document["Globals"]["Function"]["Environment"]["Variables"]
        return {**everywhere, **self.functions()[function]["Environment"]["Variables"]}

    def number(self, value: Any) -> int:
        """Returns a number, or the default of the parameter that gives it."""
        if isinstance(value, dict):
            value = self.document["Parameters"][value["Ref"]]["Default"]
        return int(value)

    def alarmed(self) -> dict[str, list[Resource]]:
        """Returns what each alarm watches: metrics with their namespace, name and dimensions."""
        return {
            name: [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]
            if "Metrics" in alarm
            else [alarm]
            for name, alarm in self.of_type("AWS::CloudWatch::Alarm").items()
        }

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Lists every statement that grants a role something, with its role or policy."""
        for name, role in self.of_type("AWS::IAM::Role").items():
            for policy in role.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement
        for name, policy in self.of_type("AWS::IAM::ManagedPolicy").items():
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def as_list(value: Any) -> list[Any]:
    """Returns a list, as policies may leave the brackets out."""
    return value if isinstance(value, list) else [value]


def reference(value: Any) -> str:
    """Returns which resource a `!Ref`, `!GetAtt` or `!Sub` speaks of."""
    if "Ref" in value:
        return str(value["Ref"])
    if "Fn::GetAtt" in value:
        return str(as_list(value["Fn::GetAtt"])[0]).partition(".")[0]
    return str(value["Fn::Sub"])
