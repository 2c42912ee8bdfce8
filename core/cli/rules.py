"""Commands about rules: what there are, what one would have done, on and off, and what wasn't delivered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.cli.progress import say

if TYPE_CHECKING:
    from core.rules.dry_run_result import DryRun


@click.group("rules")
def rules_group() -> None:
    """See, try, switch on and off what happens while a visitor is in the shop."""


@rules_group.command("list")
def list_rules() -> None:
    """List the rules there are, the newest first, with how often each has fired."""
    from core.base.settings import get_settings
    from core.rules.repository import Counts, all_rules, counts

    settings = get_settings()
    known = counts(settings)
    for rule in all_rules(settings):
        each, state = known.get(rule.id, Counts()), "on" if rule.is_on else "off"
        told = f"fired {each.firings:,} ({each.held_out:,} held out, {each.dead:,} not delivered)"
        click.echo(f"{rule.id}  {state:<3}  {rule.action.kind:<7}  {told}  {rule.name}")


@rules_group.command("show")
@click.argument("rule")
def show(*, rule: str) -> None:
    """Print RULE (its id) as JSON, as `save` reads it; addresses of messages may hold a password."""
    from core.base.settings import get_settings
    from core.rules.repository import get_rule

    found = get_rule(get_settings(), rule)
    click.echo(json.dumps({"name": found.name, **found.to_dict()}, indent=1, ensure_ascii=False))


@rules_group.command("save")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--id", "rule", default=None, help="Change this rule; without it, a new one is made.")
def save_rule(*, file: Path, rule: str | None) -> None:
    """Make a rule of FILE (JSON), switched off, and print its id."""
    from dataclasses import replace

    from core.base.errors import RuleError
    from core.base.settings import get_settings
    from core.rules.repository import get_rule, save
    from core.rules.rule import read_rule

    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RuleError(f"The file is not JSON ({error}).", where=str(file)) from error
    if not isinstance(told, dict):
        raise RuleError("The file holds no rule.", where=str(file), remedy="Begin with what `show` prints.")
    settings = get_settings()
    made = read_rule(told)
    if rule is not None:
        before = get_rule(settings, rule)
        made = replace(made, id=before.id, secret=before.secret)
    click.echo(save(settings, made).id)


@rules_group.command("dry-run")
@click.argument("rule")
@click.option("--export", default=None, metavar="ID", help="On an export's last week, not on live visits.")
def dry_run(*, rule: str, export: str | None) -> None:
    """Say what RULE (its id) would have done in the last week."""
    from core.base.settings import get_settings
    from core.rules.dry_run import try_dataset, try_live
    from core.rules.repository import get_rule

    settings = get_settings()
    found = get_rule(settings, rule)
    _tell(try_live(found, settings) if export is None else try_dataset(found, export, settings))


@rules_group.command("on")
@click.argument("rule")
def switch_on(*, rule: str) -> None:
    """Switch RULE (its id) on."""
    _switch(rule, on=True)


@rules_group.command("off")
@click.argument("rule")
def switch_off(*, rule: str) -> None:
    """Switch RULE (its id) off: what waits to be sent isn't any more."""
    _switch(rule, on=False)


@rules_group.command("delete")
@click.argument("rule")
@click.confirmation_option(prompt="Delete the rule and all that is known of what it did?")
def delete_rule(*, rule: str) -> None:
    """Delete RULE (its id), with all that is known of what it did."""
    from core.base.settings import get_settings
    from core.rules.repository import delete

    delete(get_settings(), rule)


@rules_group.command("undelivered")
@click.argument("rule")
@click.option("--again", is_flag=True, help="Send them again, with the ids they have.")
def undelivered(*, rule: str, again: bool) -> None:
    """List what RULE (its id) could not deliver, the latest first."""
    from core.base.settings import get_settings
    from core.rules.delivery import dead_letters, send_again
    from core.rules.repository import get_rule

    settings = get_settings()
    for letter in dead_letters(settings, get_rule(settings, rule).id):
        click.echo(f"{letter.id}  {letter.facts.visitor}  {letter.problem}")
    if again:
        say(f"Sent again: {send_again(settings, rule):,}.")


def _switch(rule: str, *, on: bool) -> None:
    from core.base.settings import get_settings
    from core.rules.repository import switch

    found = switch(get_settings(), rule, on=on)
    say(f"“{found.name}” is {'on' if on else 'off'}.")


def _tell(run: DryRun) -> None:
    from core.base.written import money, number

    paid = f" They paid {money(run.revenue, run.currency, 0)}." if run.bought else ""
    click.echo(f"{' '.join(run.sentences)}{paid}")
    if run.fired:
        click.echo(f"{number(run.held_out)} held out. About {number(run.a_week, 0)} a week.")
    some = f" of {number(run.all_visitors)}" if run.visitors < run.all_visitors else ""
    click.echo(f"{run.name}: {number(run.visits)} visits of {number(run.visitors)}{some} visitors.")
