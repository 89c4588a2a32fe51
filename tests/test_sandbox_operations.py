"""The sandbox's contacts, lists, waves and inbox, as the project's own queries ask for them."""

from typing import Any

import pytest

from tests.test_sandbox import CREATE, OPERATIONS, OWN, OWN_2, PERSON, STRANGER, Sandbox


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(senders=[OWN, OWN_2])


def ask(sandbox: Sandbox, operation: str, **variables: Any) -> Any:
    """Run one of the project's operations: what its only field answers."""
    reply = sandbox.execute(OPERATIONS[operation], **variables)
    assert "errors" not in reply, reply
    [answer] = reply["data"].values()
    return answer


def refusal(sandbox: Sandbox, operation: str, **variables: Any) -> str:
    """Run an operation that is refused: the code."""
    reply = sandbox.execute(OPERATIONS[operation], **variables)
    assert list(reply["data"].values()) == [None]
    code: str = reply["errors"][0]["extensions"]["code"]
    return code


def save_contact(sandbox: Sandbox, person: str = PERSON, **changes: Any) -> Any:
    variables: dict[str, Any] = {
        "name": "Ada",
        "phoneNumber": person,
        "accountPhone": OWN,
        "customFields": [],
        "blocked": False,
    }
    return ask(sandbox, "createOrUpdateContact", **(variables | changes))


def save_list(sandbox: Sandbox, name: str, own: str = OWN, **query: str) -> Any:
    return ask(
        sandbox, "createOrUpdateList", primaryPhone=own, listQuery={"listName": name, **query}
    )


def add_to_list(sandbox: Sandbox, name: str, *persons: str) -> Any:
    variables = {"primaryPhone": OWN, "listName": name, "phoneNumbers": persons}
    return ask(sandbox, "addContactsToList", **variables)


def reply(sandbox: Sandbox, body: str, **changes: Any) -> Any:
    content = {"from": PERSON, "to": OWN, "body": body} | changes
    response = sandbox.request("POST", "/_sandbox/reply", json=content)
    assert response.status_code == 200, response.text
    return response.json()


# Contacts


def test_a_contact_is_created_then_replaced(sandbox: Sandbox) -> None:
    """An upsert by the two numbers: the same contact, new content."""
    first = save_contact(sandbox)
    assert (first["name"], first["phoneNumber"], first["blocked"]) == ("Ada", PERSON, False)
    assert first["createdAt"] == first["lastUpdatedAt"]
    second = save_contact(sandbox, name="Ada L.")
    assert second["id"] == first["id"]
    assert second["createdAt"] == first["createdAt"]
    found = ask(sandbox, "getContact", primaryPhone=OWN, phoneNumber=PERSON)
    assert found == second
    assert found["name"] == "Ada L."


def test_each_number_of_the_organization_has_contacts_of_its_own(sandbox: Sandbox) -> None:
    """The key is the pair of numbers."""
    save_contact(sandbox)
    assert ask(sandbox, "getContact", primaryPhone=OWN_2, phoneNumber=PERSON) is None
    assert ask(sandbox, "getContact", primaryPhone=OWN, phoneNumber=STRANGER) is None


def test_whoever_was_texted_is_a_contact_without_a_name(sandbox: Sandbox) -> None:
    """An inbox has a contact in each item; nobody has created it."""
    sandbox.create()
    found = ask(sandbox, "getContact", primaryPhone=OWN, phoneNumber=PERSON)
    assert (found["name"], found["createdAt"], found["phoneNumber"]) == (None, None, PERSON)
    assert save_contact(sandbox)["id"] == found["id"]


def test_custom_fields_come_back_as_given(sandbox: Sandbox) -> None:
    """What the fields are called is a guess; that they are kept is not."""
    save_contact(sandbox, customFields=[{"key": "table", "value": "7"}])
    query = (
        "query Fields($own: String!, $person: String!) { contact(primaryPhone: $own, "
        "phoneNumber: $person) { customFields { key value } account { primaryPhone organization "
        "{ id } } organization { id companyName } } }"
    )
    contact = sandbox.execute(query, own=OWN, person=PERSON)["data"]["contact"]
    assert contact["customFields"] == [{"key": "table", "value": "7"}]
    assert contact["account"]["primaryPhone"] == OWN
    assert contact["account"]["organization"]["id"] == contact["organization"]["id"]


def test_a_blocked_contact_gets_no_text(sandbox: Sandbox) -> None:
    """Do-not-contact is the vendor's code 503 too, of this number only, until it is unblocked."""
    save_contact(sandbox, blocked=True)
    variables = {"to": PERSON, "from": OWN, "body": "Hi"}
    assert refusal(sandbox, "createMessage", **variables) == "503"
    sandbox.create(**{"from": OWN_2})
    save_contact(sandbox)
    sandbox.create()


@pytest.mark.parametrize(
    ("changes", "code"), [({"accountPhone": STRANGER}, "103"), ({"phoneNumber": "5"}, "402")]
)
def test_a_contact_that_cannot_be_is_refused(
    sandbox: Sandbox, changes: dict[str, str], code: str
) -> None:
    """By the codes for the numbers."""
    variables = {
        "name": "Ada",
        "phoneNumber": PERSON,
        "accountPhone": OWN,
        "customFields": [],
        "blocked": False,
    }
    assert refusal(sandbox, "createOrUpdateContact", **(variables | changes)) == code


# Lists


def test_a_list_is_created_filled_and_counted(sandbox: Sandbox) -> None:
    """An upsert by name; a person is in it once."""
    created = save_list(sandbox, "guests")
    assert (created["name"], created["size"]) == ("guests", 0)
    assert add_to_list(sandbox, "guests", PERSON, STRANGER)["size"] == 2
    assert add_to_list(sandbox, "guests", PERSON)["size"] == 2
    again = save_list(sandbox, "guests")
    assert (again["id"], again["size"]) == (created["id"], 2)
    assert ask(sandbox, "getList", primaryPhone=OWN, listName="guests") == again
    assert ask(sandbox, "getList", primaryPhone=OWN_2, listName="guests") is None


def test_a_query_list_selects_contacts_by_name_from_a_source(sandbox: Sandbox) -> None:
    """Its members are counted when they are asked for."""
    save_contact(sandbox, PERSON, name="Ada Lovelace")
    save_contact(sandbox, STRANGER, name="Grace Hopper")
    save_contact(sandbox, "+15555550177", name="ada yonath")
    save_list(sandbox, "guests")
    add_to_list(sandbox, "guests", PERSON, STRANGER)
    assert save_list(sandbox, "all adas", nameSearchTerm="ADA")["size"] == 2
    adas = save_list(sandbox, "adas", nameSearchTerm="ADA", sourceListName="guests")
    assert (adas["size"], adas["querySourceListName"]) == (1, "guests")
    add_to_list(sandbox, "guests", "+15555550177")
    assert ask(sandbox, "getList", primaryPhone=OWN, listName="adas")["size"] == 2
    assert save_list(sandbox, "copy", sourceListName="guests")["size"] == 3


def test_lists_that_select_from_each_other_end(sandbox: Sandbox) -> None:
    """A circle selects no one, rather than for ever."""
    save_list(sandbox, "one", sourceListName="two")
    assert save_list(sandbox, "two", sourceListName="one")["size"] == 0
    add_to_list(sandbox, "two", PERSON)
    assert ask(sandbox, "getList", primaryPhone=OWN, listName="one")["size"] == 1
    assert save_list(sandbox, "self", sourceListName="self")["size"] == 0
    assert save_list(sandbox, "orphan", sourceListName="nothing")["size"] == 0


def test_a_contact_names_the_lists_it_is_in(sandbox: Sandbox) -> None:
    """By name, in order."""
    for name in ("b", "a", "c"):
        save_list(sandbox, name)
    add_to_list(sandbox, "b", PERSON)
    add_to_list(sandbox, "a", PERSON)
    found = ask(sandbox, "getContactDetails", primaryPhone=OWN, phoneNumber=PERSON)
    assert found is None
    save_contact(sandbox)
    found = ask(sandbox, "getContactDetails", primaryPhone=OWN, phoneNumber=PERSON)
    assert [entry["name"] for entry in found["lists"]] == ["a", "b"]


def test_lists_that_cannot_be_are_refused(sandbox: Sandbox) -> None:
    """No name, no such list, a number that is none, somebody else's number."""
    query: dict[str, Any] = {"primaryPhone": OWN, "listQuery": {"listName": " "}}
    assert refusal(sandbox, "createOrUpdateList", **query) == "BAD_USER_INPUT"
    members = {"primaryPhone": OWN, "listName": "nothing", "phoneNumbers": [PERSON]}
    assert refusal(sandbox, "addContactsToList", **members) == "BAD_USER_INPUT"
    save_list(sandbox, "guests")
    members |= {"listName": "guests", "phoneNumbers": [PERSON, "5"]}
    assert refusal(sandbox, "addContactsToList", **members) == "402"
    assert ask(sandbox, "getList", primaryPhone=OWN, listName="guests")["size"] == 0
    assert refusal(sandbox, "getList", primaryPhone=STRANGER, listName="guests") == "103"


def test_half_of_a_split_emoji_may_be_in_a_name(sandbox: Sandbox) -> None:
    """Whatever text JSON can carry is kept as it came."""
    odd = "\ud83d"
    assert save_list(sandbox, odd)["id"] == save_list(sandbox, odd, nameSearchTerm=odd)["id"]
    assert save_contact(sandbox, name=odd)["name"] == odd
    assert ask(sandbox, "getList", primaryPhone=OWN, listName=odd)["size"] == 1


# Waves


def send_wave(sandbox: Sandbox, **changes: Any) -> Any:
    content = {"from": OWN, "name": "Menu", "body": "The menu", "lists": ["guests"]} | changes
    response = sandbox.request("POST", "/_sandbox/waves", json=content)
    assert response.status_code == 201, response.text
    return response.json()


def test_a_wave_texts_everyone_of_its_lists_once_and_counts() -> None:
    """Whoever must not get it, or whom it does not reach, has failed; the others are delivered."""
    sandbox = Sandbox(pace_seconds=0)
    save_list(sandbox, "guests")
    save_list(sandbox, "friends")
    add_to_list(sandbox, "guests", PERSON, STRANGER, "+18975550102")
    add_to_list(sandbox, "friends", PERSON, "+15555550177")
    reply(sandbox, "STOP", **{"from": STRANGER})
    sent = send_wave(sandbox, lists=["guests", "friends"], to=["+15555550177", "+15555550178"])
    assert sent["totalMessages"] == 5

    wave = ask(sandbox, "getWave", id=sent["id"])
    assert (wave["name"], wave["body"], wave["sentBy"]) == ("Menu", "The menu", "sandbox")
    counted = ("totalMessages", "totalMessagesDelivered", "totalMessagesFailed")
    assert [wave[name] for name in counted] == [5, 3, 2]
    assert [entry["name"] for entry in wave["lists"]] == ["guests", "friends"]
    page = ask(sandbox, "getConversation", to=STRANGER, **{"from": OWN})
    assert page["messages"][0]["status"] == "failed"
    query = "query($id: ID!) { message(id: $id) { errorCode wave { id } contact { phoneNumber } } }"
    message = sandbox.execute(query, id=page["messages"][0]["id"])["data"]["message"]
    assert message == {
        "errorCode": "503",
        "wave": {"id": wave["id"]},
        "contact": {"phoneNumber": STRANGER},
    }


def test_an_unknown_wave_is_null_and_an_unknown_list_refused(sandbox: Sandbox) -> None:
    """A wave to nobody knows what would be sent in vain."""
    assert ask(sandbox, "getWave", id="wave_nothing") is None
    response = sandbox.request(
        "POST", "/_sandbox/waves", json={"from": OWN, "body": "Hi", "lists": ["nothing"]}
    )
    assert (response.status_code, response.json()["code"]) == (400, "BAD_USER_INPUT")
    assert "list" in response.json()["error"]


def test_messages_of_a_wave_are_not_among_the_accepted_ones(sandbox: Sandbox) -> None:
    """There the sends by the API are read, one for one."""
    save_list(sandbox, "guests")
    add_to_list(sandbox, "guests", PERSON)
    send_wave(sandbox)
    assert sandbox.messages() == []


# The inbox


def test_an_inbox_shows_the_newest_conversation_first_and_what_is_unread(sandbox: Sandbox) -> None:
    """One item for each person, with the last text in either direction."""
    save_contact(sandbox)
    sandbox.create(body="to her")
    sandbox.create(body="to another", to=STRANGER)
    sandbox.create(body="from another number", **{"from": OWN_2})
    reply(sandbox, "Thanks!")
    inbox = ask(sandbox, "getInbox", **{"from": OWN})
    shown = [
        (
            item["contact"]["name"],
            item["contact"]["phoneNumber"],
            item["lastMessage"],
            item["isUnread"],
        )
        for item in inbox["items"]
    ]
    assert shown == [("Ada", PERSON, "Thanks!", True), (None, STRANGER, "to another", False)]
    assert inbox["pageInfo"] == {"totalItems": 2, "nextPage": None, "hasNextPage": False}
    assert inbox["items"][0]["lastMessageTime"].endswith("+00:00")

    path = f"/_sandbox/conversations/{OWN}/{PERSON}/read"
    assert sandbox.request("POST", path, json={"by": "organization"}).json() == {"read": 1}
    items = ask(sandbox, "getInbox", **{"from": OWN})["items"]
    assert [item["isUnread"] for item in items] == [False, False]


def test_an_inbox_is_read_page_by_page(sandbox: Sandbox) -> None:
    """Twenty conversations a page; what comes in between is not shown twice."""
    for number in range(45):
        sandbox.create(to=f"+155555501{number:02}")
    first = ask(sandbox, "getInbox", **{"from": OWN})
    assert first["pageInfo"]["totalItems"] == 45
    assert first["items"][0]["contact"]["phoneNumber"] == "+15555550144"
    sandbox.create(to="+15555550100")
    seen = [item["contact"]["phoneNumber"] for item in first["items"]]
    page = first
    while page["pageInfo"]["hasNextPage"]:
        page = ask(sandbox, "getInbox", before=page["pageInfo"]["nextPage"], **{"from": OWN})
        seen += [item["contact"]["phoneNumber"] for item in page["items"]]
    assert len(seen) == len(set(seen)) == 44
    assert refusal(sandbox, "getInbox", before="?", **{"from": OWN}) == "BAD_USER_INPUT"
    other = {"from": OWN_2, "before": first["pageInfo"]["nextPage"]}
    assert refusal(sandbox, "getInbox", **other) == "BAD_USER_INPUT"
    assert refusal(sandbox, "getInbox", **{"from": STRANGER}) == "103"


def test_aliases_in_one_request_are_two_messages_of_one_request(sandbox: Sandbox) -> None:
    """The variables as received belong to each."""
    query = CREATE.replace("createMessage(to", "first: createMessage(to")
    field = query[query.index("first:") : query.rindex("}")]
    query = query.replace(field, field + field.replace("first:", "second:"))
    variables = {"to": PERSON, "from": OWN, "body": "Hi"}
    data = sandbox.execute(query, **variables)["data"]
    assert data["first"]["id"] != data["second"]["id"]
    assert [message["variables"] for message in sandbox.messages()] == [variables, variables]
