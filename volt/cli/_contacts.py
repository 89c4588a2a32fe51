"""`volt contact` and `volt list`: people, and lists of them."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from volt import e164
from volt.cli import _settings
from volt.cli._exit import Exit
from volt.cli._output import Output, card, complain, working
from volt.cli._parameters import JSON, Account
from volt.errors import InputError, RequestRefusedError

if TYPE_CHECKING:
    from volt import Contact, ContactCustomFieldInput, List, Volt

contact = App(name="contact", help="Show, make or change a contact.", group_parameters="Options")
lists = App(name="list", help="Show, make or fill a list of contacts.", group_parameters="Options")


@contact.command(name="get")
def contact_get(
    number: Annotated[str, Parameter("NUMBER")],
    /,
    *,
    account: Account = None,
    json: JSON = False,
) -> int:
    """Show a contact, and the lists that it is on.

    For example:
      volt contact get "(555) 555-0145"

    Args:
        number: The contact's number.
    """
    settings = _settings.load()
    theirs, own = e164.parse(number, argument="NUMBER"), _account(settings, account)
    with settings.client() as client, working("Asking Volt…"):
        found = _details(client, own, theirs)
    if found is None:
        complain(f"volt contact get: there is no contact with the number {e164.mask(theirs)}")
        return Exit.REJECTED
    return _show_contact(found, json=json)


def _details(client: "Volt", account: str, number: str) -> "Contact | None":
    """The contact with its lists, if Volt shows them."""
    try:
        return client.get_contact_details(primary_phone=account, phone_number=number)
    except RequestRefusedError:
        return client.get_contact(primary_phone=account, phone_number=number)


@contact.command(name="put")
def contact_put(
    number: Annotated[str, Parameter("NUMBER")],
    /,
    *,
    name: Annotated[str, Parameter("--name", metavar="TEXT")],
    blocked: Annotated[bool, Parameter("--blocked", negative="--not-blocked")],
    field: Annotated[
        list[str] | None,
        Parameter("--field", metavar="KEY=VALUE", negative=(), consume_multiple=False),
    ] = None,
    no_fields: Annotated[bool, Parameter("--no-fields", negative=())] = False,
    account: Account = None,
    json: JSON = False,
) -> int:
    """Make a contact, or change the one that has this number.

    Volt takes all of a contact at once, so all must be said: a forgotten --blocked would unblock a
    person. Whether fields that are left out are kept is not known.

    For example:
      volt contact put "(555) 555-0145" --name "Ada" --not-blocked --field table=12
      volt contact put +15555550145 --name "Ada" --blocked --no-fields

    Args:
        number: The contact's number.
        name: The contact's name.
        blocked: Whether the contact is blocked.
        field: A field of the account's own; repeat it for several.
        no_fields: Send no fields.
    """
    if bool(field) == no_fields:
        raise InputError("give each --field of the contact, or --no-fields")
    settings = _settings.load()
    theirs, own = e164.parse(number, argument="NUMBER"), _account(settings, account)
    fields = [_field(text) for text in field or []]
    with settings.client() as client, working("Writing the contact…"):
        written = client.create_or_update_contact(
            name=name,
            phone_number=theirs,
            account_phone=own,
            custom_fields=fields,
            blocked=blocked,
        )
    return _show_contact(written, json=json)


def _field(text: str) -> "ContactCustomFieldInput":
    from volt import ContactCustomFieldInput

    key, sign, value = text.partition("=")
    if not key or not sign:
        raise InputError("write it as KEY=VALUE", argument="--field")
    return ContactCustomFieldInput(key=key, value=value)


def _show_contact(found: "Contact", *, json: bool) -> Exit:
    output = Output(json=json)
    if output.is_json:
        output.json(found.raw)
        return Exit.DONE
    on_lists: list[List] = getattr(found, "lists", None) or []
    output.show(
        card(
            {
                "id": found.id,
                "number": found.phone_number,
                "name": found.name,
                "blocked": {True: "yes", False: "no", None: None}[found.blocked],
                "lists": ", ".join(item.name or "" for item in on_lists),
                "made": found.created_at,
                "changed": found.last_updated_at,
            }
        )
    )
    return Exit.DONE


@lists.command(name="get")
def list_get(
    name: Annotated[str, Parameter("NAME")],
    /,
    *,
    account: Account = None,
    json: JSON = False,
) -> int:
    """Show a list of contacts.

    For example:
      volt list get regulars

    Args:
        name: The list's name.
    """
    settings = _settings.load()
    own = _account(settings, account)
    with settings.client() as client, working("Asking Volt…"):
        found = client.get_list(primary_phone=own, list_name=name)
    if found is None:
        complain("volt list get: there is no list with this name")
        return Exit.REJECTED
    return _show_list(found, json=json)


@lists.command(name="put")
def list_put(
    name: Annotated[str, Parameter("NAME")],
    /,
    *,
    source: Annotated[str | None, Parameter("--source", metavar="NAME")] = None,
    search: Annotated[str | None, Parameter("--search", metavar="TEXT")] = None,
    account: Account = None,
    json: JSON = False,
) -> int:
    """Make a list of contacts, or change the one that has this name.

    For example:
      volt list put regulars
      volt list put adas --source regulars --search Ada

    Args:
        name: The list's name.
        source: Another list to take the contacts from.
        search: What the names of the contacts have in common.
    """
    from volt import ListQuery

    settings = _settings.load()
    own = _account(settings, account)
    given = {"source_list_name": source, "name_search_term": search}
    query = ListQuery(list_name=name, **{key: text for key, text in given.items() if text})
    with settings.client() as client, working("Writing the list…"):
        written = client.create_or_update_list(primary_phone=own, list_query=query)
    return _show_list(written, json=json)


@lists.command(name="add")
def list_add(
    name: Annotated[str, Parameter("NAME")],
    numbers: Annotated[list[str], Parameter("NUMBER", negative=())],
    /,
    *,
    account: Account = None,
    json: JSON = False,
) -> int:
    """Put contacts on a list, by their numbers.

    If it is not known whether that was done (exit code 5), look at the list's size before you
    repeat it: a number may be on a list twice.

    For example:
      volt list add regulars "(555) 555-0145" "(555) 555-0146"

    Args:
        name: The list's name.
        numbers: The contacts' numbers.
    """
    settings = _settings.load()
    own = _account(settings, account)
    # Each once: nothing shows that a list holds a number only once.
    theirs = list(dict.fromkeys(e164.parse(number, argument="NUMBER") for number in numbers))
    with settings.client() as client, working("Filling the list…"):
        filled = client.add_contacts_to_list(
            primary_phone=own, list_name=name, phone_numbers=theirs
        )
    return _show_list(filled, json=json)


def _show_list(found: "List", *, json: bool) -> Exit:
    output = Output(json=json)
    if output.is_json:
        output.json(found.raw)
        return Exit.DONE
    output.show(
        card(
            {
                "id": found.id,
                "name": found.name,
                "contacts": found.size,
                "source": found.query_source_list_name,
                "search": found.query_name_search_term,
                "made by": found.created_by,
                "made": found.created_at,
                "changed": found.last_updated_at,
            }
        )
    )
    return Exit.DONE


def _account(settings: _settings.Settings, given: str | None) -> str:
    if given is not None:
        return e164.parse(given, argument="--account")
    return settings.sender(None)
