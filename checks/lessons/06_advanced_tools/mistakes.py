"""Wrong answers to lesson 06 that the graders have to reject.

`course/lesson/variants.py` says how these functions are used. Each docstring says what the learner
believes, and which test has to say what is wrong with it.
"""
# Names come from the solution, and mistakes are the purpose of this file.
# ruff: noqa: B006, F821, RUF015


# allowed_tools


def allowed_tools__not_forbidden_is_allowed(tools, role, needed):
    """What nobody has restricted is free for all.

    Caught by: test_a_tool_that_is_not_named
    """
    return [one for one in tools if one.name not in needed or role in needed[one.name]]


def allowed_tools__a_default_role(tools, role, needed):
    """A tool without an entry is for whoever asks.

    Caught by: test_a_tool_that_is_not_named
    """
    return [one for one in tools if role in needed.get(one.name, [role])]


def allowed_tools__all_are_listed(tools, role, needed):
    """Every tool has an entry.

    Caught by: test_a_tool_that_is_not_named
    """
    return [one for one in tools if role in needed[one.name]]


def allowed_tools__none_for_get(tools, role, needed):
    """get() gives an empty list if there is nothing.

    Caught by: test_a_tool_that_is_not_named
    """
    return [one for one in tools if role in needed.get(one.name)]


def allowed_tools__roles_are_text(tools, role, needed):
    """Roles are a text in which one can look for a role.

    Caught by: test_a_role_is_compared_as_a_whole
    """
    return [one for one in tools if role in " ".join(needed.get(one.name, ()))]


def allowed_tools__part_of_a_role(tools, role, needed):
    """A head clerk is a clerk.

    Caught by: test_a_role_is_compared_as_a_whole
    """
    return [one for one in tools if any(role in other for other in needed.get(one.name, ()))]


def allowed_tools__a_role_is_part_of_mine(tools, role, needed):
    """Whoever is a head clerk may do what a clerk may do.

    Caught by: test_a_role_is_compared_as_a_whole
    """
    return [one for one in tools if any(other in role for other in needed.get(one.name, ()))]


def allowed_tools__case_does_not_matter(tools, role, needed):
    """A role is the same, however it is written.

    Caught by: test_a_role_is_compared_as_a_whole
    """
    low = role.lower()
    return [one for one in tools if low in [r.lower() for r in needed.get(one.name, ())]]


def allowed_tools__no_roles_mean_all(tools, role, needed):
    """An empty list of roles means that there is no restriction.

    Caught by: test_a_role_is_compared_as_a_whole
    """
    return [
        one
        for one in tools
        if one.name in needed and (not needed[one.name] or role in needed[one.name])
    ]


def allowed_tools__admins_may_do_all(tools, role, needed):
    """An admin need not be listed.

    Caught by: test_no_role_is_special
    """
    return [one for one in tools if role == "admin" or role in needed.get(one.name, ())]


def allowed_tools__no_role_is_no_limit(tools, role, needed):
    """Without a role there is nothing to compare.

    Caught by: test_no_role_is_special
    """
    return [one for one in tools if not role or role in needed.get(one.name, ())]


def allowed_tools__in_the_order_of_needed(tools, role, needed):
    """Go through the permissions, and find the tool for each.

    Caught by: test_the_allowed_ones_in_order
    """
    by_name = {one.name: one for one in tools}
    return [by_name[name] for name in needed if name in by_name and role in needed[name]]


def allowed_tools__sorted(tools, role, needed):
    """Sorted tools are easier to read.

    Caught by: test_the_allowed_ones_in_order
    """
    return sorted(
        (one for one in tools if role in needed.get(one.name, ())), key=lambda one: one.name
    )


def allowed_tools__only_the_first_role(tools, role, needed):
    """The first role is the one that counts.

    Caught by: test_the_allowed_ones_in_order
    """
    return [one for one in tools if [*needed.get(one.name, ())][:1] == [role]]


def allowed_tools__roles_are_a_list(tools, role, needed):
    """Roles are a list, so they have a count.

    Caught by: test_the_allowed_ones_in_order
    """
    return [one for one in tools if one.name in needed and list.count(needed[one.name], role)]


def allowed_tools__takes_the_others_out(tools, role, needed):
    """Take out what is not allowed.

    Caught by: test_what_was_given_stays
    """
    tools = tools if isinstance(tools, list) else list(tools)
    for one in [*tools]:
        if role not in needed.get(one.name, ()):
            tools.remove(one)
    return [*tools]


def allowed_tools__the_list_itself(tools, role, needed):
    """If all are allowed, nothing has to be made.

    Caught by: test_what_was_given_stays
    """
    if isinstance(tools, list) and all(role in needed.get(one.name, ()) for one in tools):
        return tools
    return [one for one in tools if role in needed.get(one.name, ())]


def allowed_tools__goes_through_twice(tools, role, needed):
    """An iterable can be read twice.

    Caught by: test_what_was_given_stays
    """
    names = [one.name for one in tools if role in needed.get(one.name, ())]
    return [one for one in tools if one.name in names]


def allowed_tools__fills_in_what_is_missing(tools, role, needed):
    """setdefault gives an empty list, as get does.

    Caught by: test_what_was_given_stays
    """
    tools = list(tools)
    return [one for one in tools if role in needed.setdefault(one.name, [])]


def allowed_tools__a_star_is_anybody(tools, role, needed):
    """A star in the roles stands for every role.

    Caught by: test_a_role_is_compared_as_a_whole
    """
    from fnmatch import fnmatchcase

    return [one for one in tools if any(fnmatchcase(role, x) for x in needed.get(one.name, ()))]


def allowed_tools__blanks_do_not_count(tools, role, needed):
    """Blanks around a role are a slip of the pen.

    Caught by: test_a_role_is_compared_as_a_whole
    """
    role = role.strip()
    return [one for one in tools if role in [x.strip() for x in needed.get(one.name, ())]]


def allowed_tools__a_missing_key_raises(tools, role, needed):
    """A dict that lacks a key raises KeyError, and does nothing else.

    Caught by: test_what_was_given_stays
    """
    found = []
    for one in tools:
        try:
            roles = needed[one.name]
        except KeyError:
            continue
        if role in roles:
            found.append(one)
    return found


# force_call


def force_call__please_use_the_tool(model, tools, name, question):
    """A clear request is enough.

    Caught by: test_the_model_has_no_choice
    """
    message = model.bind_tools(tools).invoke(f"{question}\nPlease use the tool {name}.")
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__auto_finds_it(model, tools, name, question):
    """The model sees which tool fits.

    Caught by: test_the_model_has_no_choice
    """
    message = model.bind_tools(tools, tool_choice="auto").invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__any_is_this_one(model, tools, name, question):
    """If it has to call one, it calls the right one.

    Caught by: test_the_model_has_no_choice
    """
    message = model.bind_tools(tools, tool_choice="any").invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__true_forces_it(model, tools, name, question):
    """tool_choice is a switch.

    Caught by: test_the_model_has_no_choice
    """
    bound = model.bind_tools(tools, tool_choice="required")
    for call in bound.invoke(question).tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__binds_only_this_one(model, tools, name, question):
    """With only one tool there is no choice anyway.

    Caught by: test_the_model_has_no_choice
    """
    only = [one for one in tools if one.name == name]
    for call in model.bind_tools(only, tool_choice=name).invoke(question).tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__the_first_tool(model, tools, name, question):
    """The tool that matters stands first.

    Caught by: test_the_model_has_no_choice
    """
    message = model.bind_tools(tools, tool_choice=tools[0].name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__forces_and_asks(model, tools, name, question):
    """It does no harm to say it once more.

    Caught by: test_the_question_is_asked_once
    """
    bound = model.bind_tools(tools, tool_choice=name)
    for call in bound.invoke(f"{question}\nUse the tool {name}.").tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__strips_the_question(model, tools, name, question):
    """Spaces at the ends say nothing.

    Caught by: test_the_question_is_asked_once
    """
    bound = model.bind_tools(tools, tool_choice=name)
    for call in bound.invoke(question.strip()).tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


def force_call__asks_until_it_does(model, tools, name, question):
    """A model that does not obey is asked again.

    Caught by: test_the_question_is_asked_once
    """
    bound = model.bind_tools(tools, tool_choice=name)
    for _ in range(3):
        for call in bound.invoke(question).tool_calls:
            if call["name"] == name:
                return call["args"]
    raise NotCalled


def force_call__runs_the_tool(model, tools, name, question):
    """A call has to be run.

    Caught by: test_the_question_is_asked_once
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            next(one for one in tools if one.name == name).invoke(call)
            return call["args"]
    raise NotCalled


def force_call__the_first_call(model, tools, name, question):
    """The first call is the one that was forced.

    Caught by: test_the_arguments_of_the_first_call
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    if not message.tool_calls:
        raise NotCalled
    return message.tool_calls[0]["args"]


def force_call__the_last_call(model, tools, name, question):
    """What the model writes last is what it means.

    Caught by: test_the_arguments_of_the_first_call
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    found = [call["args"] for call in message.tool_calls if call["name"] == name]
    if not found:
        raise NotCalled
    return found[-1]


def force_call__empty_is_nothing(model, tools, name, question):
    """Without arguments there was no call.

    Caught by: test_the_arguments_of_the_first_call
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name and call["args"]:
            return call["args"]
    raise NotCalled


def force_call__as_text(model, tools, name, question):
    """What a model writes is JSON text.

    Caught by: test_the_arguments_of_the_first_call
    """
    import json

    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return json.dumps(call["args"])
    raise NotCalled


def force_call__without_what_is_empty(model, tools, name, question):
    """Arguments that are empty are not meant.

    Caught by: test_the_arguments_of_the_first_call
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return {key: value for key, value in call["args"].items() if value}
    raise NotCalled


def force_call__the_text_will_do(model, tools, name, question):
    """If there is no call, the answer is in the text.

    Caught by: test_no_call_of_this_tool
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    return {"text": message.text}


def force_call__none_if_there_is_none(model, tools, name, question):
    """Nothing was called, so the result is nothing.

    Caught by: test_no_call_of_this_tool
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    return next((call["args"] for call in message.tool_calls if call["name"] == name), None)


def force_call__index_error(model, tools, name, question):
    """A forced call is there.

    Caught by: test_no_call_of_this_tool
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    return [call["args"] for call in message.tool_calls if call["name"] == name][0]


def force_call__another_call_will_do(model, tools, name, question):
    """A call of another tool is better than none.

    Caught by: test_no_call_of_this_tool
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    calls = [call for call in message.tool_calls if call["name"] == name] or message.tool_calls
    if not calls:
        raise NotCalled
    return calls[0]["args"]


def force_call__broken_is_called_too(model, tools, name, question):
    """A call whose arguments are no JSON has no arguments.

    Caught by: test_no_call_of_this_tool
    """
    message = model.bind_tools(tools, tool_choice=name).invoke(question)
    for call in message.tool_calls:
        if call["name"] == name:
            return call["args"]
    if any(call["name"] == name for call in message.invalid_tool_calls):
        return {}
    raise NotCalled


def force_call__the_question_is_a_template(model, tools, name, question):
    """A question goes through a template, and one that cannot is sent as it is.

    Caught by: test_the_question_is_asked_once
    """
    from langchain_core.prompts import ChatPromptTemplate

    try:
        asked = ChatPromptTemplate([("human", question)]).format_messages()
    except (KeyError, ValueError):
        asked = [HumanMessage(question)]
    for call in model.bind_tools(tools, tool_choice=name).invoke(asked).tool_calls:
        if call["name"] == name:
            return call["args"]
    raise NotCalled


# make_orders_tool


def make_orders_tool__the_model_knows_the_user(orders, user_id):
    """The model passes on who is asking.

    Caught by: test_the_model_sees_no_user
    """

    @tool
    def find_order(word: str, user_id: str) -> str:
        """Find the orders of a user that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__the_user_is_a_default(orders, user_id):
    """With a default, the model need not write the user.

    Caught by: test_the_model_sees_no_user
    """
    mine = user_id

    @tool
    def find_order(word: str, user_id: str = mine) -> str:
        """Find the orders of a user that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__hidden_is_safe(orders, user_id):
    """What the model does not see, it cannot write.

    Caught by: test_the_model_cannot_choose_the_user
    """
    from typing import Annotated

    from langchain_core.tools import InjectedToolArg

    mine = user_id

    @tool
    def find_order(word: str, user_id: Annotated[str, InjectedToolArg] = mine) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__hidden_by_another_name(orders, user_id):
    """Nobody guesses what a hidden parameter is called.

    Caught by: test_the_model_cannot_choose_the_user
    """
    from typing import Annotated

    from langchain_core.tools import InjectedToolArg

    def run(word: str, whose: Annotated[str, InjectedToolArg] = user_id) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(whose, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    return tool("find_order")(run)


def make_orders_tool__says_in_the_text_whose(orders, user_id):
    """The model finds the right ones if the name stands beside them.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders that contain a word, with the name of who has made each."""
        found = [
            f"{user}: {one}"
            for user, some in orders.items()
            for one in some
            if word.lower() in one.lower()
        ]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__names_the_user(orders, user_id):
    """The description says for whom the tool is.

    Caught by: test_the_model_sees_no_user
    """

    @tool(description=f"Find orders of {user_id}.")
    def find_order(word: str) -> str:
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__more_parameters(orders, user_id):
    """A limit can only help.

    Caught by: test_it_takes_a_word
    """

    @tool
    def find_order(word: str, limit: int = 100) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(found[:limit]) or "There is none."

    return find_order


def make_orders_tool__the_newest_user(orders, user_id):
    """The user is kept where each function finds it.

    Caught by: test_two_users_at_once
    """
    global _user
    _user = user_id

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(_user, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__all_orders(orders, user_id):
    """An order is an order.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders that contain a word."""
        found = [one for some in orders.values() for one in some if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__case_matters(orders, user_id):
    """`in` finds a word however it is written.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word in one]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__lowers_only_the_word(orders, user_id):
    """Only what the model writes may be in capitals.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__shows_lower_case(orders, user_id):
    """If case does not matter, lower case will do.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        lower = [one.lower() for one in orders.get(user_id, ())]
        return "\n".join(one for one in lower if word.lower() in one) or "There is none."

    return find_order


def make_orders_tool__a_pattern(orders, user_id):
    """To search is what re.search is for.

    Caught by: test_orders_that_contain_the_word
    """
    import re

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        mine = orders.get(user_id, ())
        try:
            found = [one for one in mine if re.search(word, one, re.IGNORECASE)]
        except re.error:
            found = []
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__whole_words(orders, user_id):
    """A word is what stands between two spaces.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        mine = orders.get(user_id, ())
        found = [one for one in mine if word.lower() in one.lower().split()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__each_only_once(orders, user_id):
    """Two equal orders are one.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(dict.fromkeys(found)) or "There is none."

    return find_order


def make_orders_tool__only_the_first(orders, user_id):
    """There is one order for a word.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the order of the customer that contains a word."""
        for one in orders.get(user_id, ()):
            if word.lower() in one.lower():
                return one
        return "There is none."

    return find_order


def make_orders_tool__with_commas(orders, user_id):
    """A list is written with commas.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return ", ".join(found) or "There is none."

    return find_order


def make_orders_tool__sorted(orders, user_id):
    """Sorted orders are easier to read.

    Caught by: test_orders_that_contain_the_word
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(sorted(found)) or "There is none."

    return find_order


def make_orders_tool__no_orders_is_an_error(orders, user_id):
    """Nothing found is an error.

    Caught by: test_nothing_is_found
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        if not found:
            raise ValueError("there is no such order")
        return "\n".join(found)

    return find_order


def make_orders_tool__every_user_has_orders(orders, user_id):
    """Every user is in the dict.

    Caught by: test_nothing_is_found
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders[user_id] if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    return find_order


def make_orders_tool__nothing_is_an_empty_text(orders, user_id):
    """Nothing found is an empty text.

    Caught by: test_nothing_is_found
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        return "\n".join(one for one in orders.get(user_id, ()) if word.lower() in one.lower())

    return find_order


def make_orders_tool__says_whose_are_missing(orders, user_id):
    """A good sentence says whose orders there are not.

    Caught by: test_the_model_cannot_choose_the_user
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(found) or f"{user_id} has no such order."

    return find_order


def make_orders_tool__shows_others_if_none(orders, user_id):
    """What somebody else has ordered is a useful proposal.

    Caught by: test_nothing_is_found
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        others = [one for some in orders.values() for one in some if word.lower() in one.lower()]
        return "\n".join(found or others) or "There is none."

    return find_order


# call_for_user


def call_for_user__hidden_is_safe(tool, call, user_id):
    """A parameter that the model does not see is filled in.

    Caught by: test_the_user_in_the_call_does_not_count
    """
    return tool.invoke(call)


def call_for_user__fills_in_what_is_missing(tool, call, user_id):
    """If the model has written a user, it has its reasons.

    Caught by: test_the_user_in_the_call_does_not_count
    """
    return tool.invoke({**call, "args": {"user_id": user_id, **call["args"]}})


def call_for_user__an_empty_user_counts_as_none(tool, call, user_id):
    """Only a user that is not there has to be filled in.

    Caught by: test_the_user_in_the_call_does_not_count
    """
    user = call["args"].get("user_id") or user_id
    return tool.invoke({**call, "args": {**call["args"], "user_id": user}})


def call_for_user__drops_the_users(tool, call, user_id):
    """It is enough to take out what the model has written.

    Caught by: test_the_user_in_the_call_does_not_count
    """
    args = {name: value for name, value in call["args"].items() if name != "user_id"}
    return tool.invoke({**call, "args": args})


def call_for_user__refuses(tool, call, user_id):
    """A call that names another user is an attack.

    Caught by: test_the_user_in_the_call_does_not_count
    """
    if call["args"].get("user_id", user_id) != user_id:
        raise PermissionError("another user")
    return tool.invoke({**call, "args": {**call["args"], "user_id": user_id}})


def call_for_user__beside_the_arguments(tool, call, user_id):
    """The user belongs to the call.

    Caught by: test_the_user_in_the_call_does_not_count
    """
    return tool.invoke({**call, "user_id": user_id})


def call_for_user__only_if_it_is_there(tool, call, user_id):
    """The user is replaced where the model has written one.

    Caught by: test_the_user_is_filled_in
    """
    args = {name: user_id if name == "user_id" else value for name, value in call["args"].items()}
    return tool.invoke({**call, "args": args})


def call_for_user__replaces_the_value(tool, call, user_id):
    """What the model took for the user is replaced wherever it stands.

    Caught by: test_the_other_arguments_stay
    """
    args = {
        name: user_id if value == "user_id" or name == "user_id" else value
        for name, value in call["args"].items()
    }
    return tool.invoke({**call, "args": {**args, "user_id": user_id}})


def call_for_user__texts_only(tool, call, user_id):
    """Arguments are texts.

    Caught by: test_the_other_arguments_stay
    """
    args = {name: value for name, value in call["args"].items() if isinstance(value, str)}
    return tool.invoke({**call, "args": {**args, "user_id": user_id}})


def call_for_user__without_what_is_empty(tool, call, user_id):
    """What is empty was not meant.

    Caught by: test_the_other_arguments_stay
    """
    args = {name: value for name, value in call["args"].items() if value}
    args.setdefault("order", "")
    return tool.invoke({**call, "args": {**args, "user_id": user_id}})


def call_for_user__without_the_type(tool, call, user_id):
    """A call is a name, arguments and an id.

    Caught by: test_the_message_answers_the_call
    """
    args = {**call["args"], "user_id": user_id}
    return tool.invoke({"name": call["name"], "args": args, "id": call["id"]})


def call_for_user__a_new_call_has_a_new_id(tool, call, user_id):
    """A changed call is another call.

    Caught by: test_the_message_answers_the_call
    """
    args = {**call["args"], "user_id": user_id}
    return tool.invoke({**call, "id": f"{call['id']}-{user_id}", "args": args})


def call_for_user__the_bare_result(tool, call, user_id):
    """The result is what counts.

    Caught by: test_the_message_answers_the_call
    """
    return tool.invoke({**call["args"], "user_id": user_id})


def call_for_user__checks_by_running(tool, call, user_id):
    """First see whether it works.

    Caught by: test_the_other_arguments_stay
    """
    call = {**call, "args": {**call["args"], "user_id": user_id}}
    tool.invoke(call)
    return tool.invoke(call)


def call_for_user__writes_into_the_call(tool, call, user_id):
    """The call is mine now.

    Caught by: test_the_call_stays_as_it_is
    """
    call["args"]["user_id"] = user_id
    return tool.invoke(call)


def call_for_user__copies_only_the_outside(tool, call, user_id):
    """A copy of the call is a copy of all that is in it.

    Caught by: test_the_call_stays_as_it_is
    """
    call = dict(call)
    call["args"].update(user_id=user_id)
    return tool.invoke(call)


def call_for_user__a_status_of_its_own(tool, call, user_id):
    """The message is made by hand, with the words of a log.

    Caught by: test_the_message_answers_the_call
    """
    result = tool.invoke({**call["args"], "user_id": user_id})
    return ToolMessage(f"Result: {result}", name=tool.name, tool_call_id=call["id"])


def call_for_user__each_user_id_is_the_users(tool, call, user_id):
    """Whatever is called user_id, however deep, is the user.

    Caught by: test_the_other_arguments_stay
    """

    def clean(value):
        if isinstance(value, dict):
            return {key: user_id if key == "user_id" else clean(x) for key, x in value.items()}
        return [clean(x) for x in value] if isinstance(value, list) else value

    return tool.invoke({**call, "args": {**clean(call["args"]), "user_id": user_id}})


def call_for_user__a_message_is_its_text(tool, call, user_id):
    """A message is its text and its id.

    Caught by: test_whatever_comes_of_it_is_the_message
    """
    result = tool.invoke({**call["args"], "user_id": user_id})
    return ToolMessage(result, name=tool.name, tool_call_id=call["id"])


def call_for_user__tries_again_after_an_error(tool, call, user_id):
    """What has failed may be tried once more.

    Caught by: test_whatever_comes_of_it_is_the_message
    """
    call = {**call, "args": {**call["args"], "user_id": user_id}}
    message = tool.invoke(call)
    return tool.invoke(call) if message.status == "error" else message


def call_for_user__tries_again_if_it_raises(tool, call, user_id):
    """What was raised may be gone the second time.

    Caught by: test_it_runs_once_also_if_it_fails
    """
    call = {**call, "args": {**call["args"], "user_id": user_id}}
    try:
        return tool.invoke(call)
    except Exception:
        return tool.invoke(call)


def call_for_user__drops_none(tool: BaseTool, call: ToolCall, user_id: str) -> ToolMessage:
    """None says that nothing was given.

    Caught by: test_any_call
    """
    args = {name: value for name, value in call["args"].items() if value is not None}
    args["user_id"] = user_id
    return tool.invoke({**call, "type": "tool_call", "args": args})


def call_for_user__drops_all_user_words(
    tool: BaseTool, call: ToolCall, user_id: str
) -> ToolMessage:
    """Whatever speaks of a user is not for the model to say.

    Caught by: test_any_call
    """
    args = {name: value for name, value in call["args"].items() if not name.startswith("user")}
    args["user_id"] = user_id
    return tool.invoke({**call, "type": "tool_call", "args": args})


# make_lookup_tool


def make_lookup_tool__more_is_better(find):
    """The more the model knows, the better it answers.

    Caught by: test_the_model_gets_titles_only
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        return "\n".join(str(one) for one in records) or "Nothing.", records

    return lookup


def make_lookup_tool__titles_and_bodies(find):
    """A title alone says nothing.

    Caught by: test_the_model_gets_titles_only
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        lines = [f"{one['title']}: {one.get('body', '')}" for one in records]
        return "\n".join(lines) or "Nothing.", records

    return lookup


def make_lookup_tool__a_pair_is_a_result(find):
    """Two values are returned, so the tool knows which is which.

    Caught by: test_the_model_gets_titles_only
    """

    @tool
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        return "\n".join(one["title"] for one in records) or "Nothing.", records

    return lookup


def make_lookup_tool__the_wrong_way_round(find):
    """The result comes first, and what is said about it second.

    Caught by: test_the_model_gets_titles_only
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[list[dict[str, Any]], str]:
        """Look something up."""
        records = find(query)
        return records, "\n".join(one["title"] for one in records) or "Nothing."

    return lookup


def make_lookup_tool__titles_are_enough(find):
    """The model needs the titles, and that is all.

    Caught by: test_the_program_gets_all
    """

    @tool
    def lookup(query: str) -> str:
        """Look something up."""
        return "\n".join(one["title"] for one in find(query)) or "Nothing."

    return lookup


def make_lookup_tool__titles_twice(find):
    """The artifact is the list of titles.

    Caught by: test_the_program_gets_all
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[str]]:
        """Look something up."""
        titles = [one["title"] for one in find(query)]
        return "\n".join(titles) or "Nothing.", titles

    return lookup


def make_lookup_tool__only_the_bodies(find):
    """The program needs what the model does not get.

    Caught by: test_the_program_gets_all
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        rest = [{key: one[key] for key in one if key != "title"} for one in records]
        return "\n".join(one["title"] for one in records) or "Nothing.", rest

    return lookup


def make_lookup_tool__by_title(find):
    """A dict finds a record by its title.

    Caught by: test_the_program_gets_all
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, dict[str, Any]]:
        """Look something up."""
        records = find(query)
        by_title = {one["title"]: one for one in records}
        return "\n".join(one["title"] for one in records) or "Nothing.", by_title

    return lookup


def make_lookup_tool__looks_twice(find):
    """Each of the two gets a search of its own.

    Caught by: test_it_takes_a_query
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        return "\n".join(one["title"] for one in find(query)) or "Nothing.", find(query)

    return lookup


def make_lookup_tool__searches_in_lower_case(find):
    """A search does not care about case.

    Caught by: test_it_takes_a_query
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query.strip())
        return "\n".join(one["title"] for one in records) or "Nothing.", records

    return lookup


def make_lookup_tool__a_limit(find):
    """The model says how many it wants.

    Caught by: test_it_takes_a_query
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str, limit: int = 10) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        return "\n".join(one["title"] for one in records) or "Nothing.", records

    return lookup


def make_lookup_tool__each_title_once(find):
    """Two records with one title are one.

    Caught by: test_the_model_gets_titles_only
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        titles = dict.fromkeys(one["title"] for one in records)
        return "\n".join(titles) or "Nothing.", records

    return lookup


def make_lookup_tool__sorted(find):
    """Sorted titles are easier to read.

    Caught by: test_the_model_gets_titles_only
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        return "\n".join(sorted(one["title"] for one in records)) or "Nothing.", records

    return lookup


def make_lookup_tool__with_bullets(find):
    """A list has bullets.

    Caught by: test_the_model_gets_titles_only
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        return "\n".join(f"- {one['title']}" for one in records) or "Nothing.", records

    return lookup


def make_lookup_tool__nothing_is_an_empty_text(find):
    """Nothing found is an empty text.

    Caught by: test_the_model_gets_titles_only
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        return "\n".join(one["title"] for one in records), records

    return lookup


def make_lookup_tool__nothing_has_no_artifact(find):
    """Without records there is nothing to hand over.

    Caught by: test_the_program_gets_all
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]] | None]:
        """Look something up."""
        records = find(query)
        if not records:
            return "Nothing was found.", None
        return "\n".join(one["title"] for one in records), records

    return lookup


def make_lookup_tool__nothing_is_an_error(find):
    """Nothing found is an error.

    Caught by: test_nothing_is_no_error
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        if not records:
            raise LookupError(query)
        return "\n".join(one["title"] for one in records), records

    return lookup


def make_lookup_tool__without_empty_titles(find):
    """An empty line tells nobody anything.

    Caught by: test_any_records
    """

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        records = find(query)
        titles = [record["title"] for record in records if record["title"]]
        return "\n".join(titles) or "Nothing was found.", records

    return lookup


def make_lookup_tool__remembers_queries(find):
    """What was found for a query will be found again.

    Caught by: test_it_takes_a_query
    """
    known = {}

    @tool(response_format="content_and_artifact")
    def lookup(query: str) -> tuple[str, list[dict[str, Any]]]:
        """Look something up."""
        if query not in known:
            known[query] = find(query)
        records = known[query]
        return "\n".join(one["title"] for one in records) or "Nothing was found.", records

    return lookup


# run_with_approval


def run_with_approval__no_means_no_answer(message, tools, risky, approve):
    """What was refused is left out.

    Caught by: test_an_answer_for_each_call
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] not in risky or approve(call):
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__runs_then_asks(message, tools, risky, approve):
    """The person sees what came of it, and can say no then.

    Caught by: test_who_is_asked_and_when
    """
    answers = []
    for call in message.tool_calls:
        answer = tools[call["name"]].invoke(call)
        if call["name"] in risky and not approve(call):
            answer = ToolMessage("Refused.", tool_call_id=call["id"], status="error")
        answers.append(answer)
    return answers


def run_with_approval__a_refusal_is_an_exception(message, tools, risky, approve):
    """A refusal is an error, and errors are raised.

    Caught by: test_a_refused_call_does_not_run
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            raise PermissionError(call["name"])
        answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__a_refusal_ends_it(message, tools, risky, approve):
    """Who says no wants nothing more to happen.

    Caught by: test_a_refused_call_does_not_run
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
            break
        answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__a_refused_call_succeeded(message, tools, risky, approve):
    """The text says that it was refused.

    Caught by: test_a_refused_call_gets_an_answer
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"]))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__says_nothing(message, tools, risky, approve):
    """The status says it all.

    Caught by: test_a_refused_call_gets_an_answer
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append(ToolMessage("", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__the_name_is_enough(message, tools, risky, approve):
    """Who is asked needs to know which tool it is.

    Caught by: test_who_is_asked_and_when
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call["name"]):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__the_arguments_are_enough(message, tools, risky, approve):
    """Who is asked needs to see the arguments.

    Caught by: test_who_is_asked_and_when
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call["args"]):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__the_tool_name_as_id(message, tools, risky, approve):
    """The answer says which tool it is about.

    Caught by: test_an_answer_for_each_call
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["name"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__yes_counts_for_all(message, tools, risky, approve):
    """Who has said yes to a tool has said yes to it.

    Caught by: test_who_is_asked_and_when
    """
    answers, said = [], {}
    for call in message.tool_calls:
        name = call["name"]
        if name in risky and name not in said:
            said[name] = approve(call)
        if said.get(name, True):
            answers.append(tools[name].invoke(call))
        else:
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
    return answers


def run_with_approval__yes_to_one_is_yes(message, tools, risky, approve):
    """One yes allows the whole message.

    Caught by: test_who_is_asked_and_when
    """
    answers, allowed = [], False
    for call in message.tool_calls:
        if call["name"] in risky and not allowed:
            allowed = approve(call)
            if not allowed:
                answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
                continue
        answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__asks_first(message, tools, risky, approve):
    """All questions are asked at the beginning.

    Caught by: test_who_is_asked_and_when
    """
    refused = [
        call["id"] for call in message.tool_calls if call["name"] in risky and not approve(call)
    ]
    return [
        ToolMessage("Refused.", tool_call_id=call["id"], status="error")
        if call["id"] in refused
        else tools[call["name"]].invoke(call)
        for call in message.tool_calls
    ]


def run_with_approval__asks_twice(message, tools, risky, approve):
    """Asking again does no harm.

    Caught by: test_who_is_asked_and_when
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        if call["name"] not in risky or approve(call):
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__asks_about_all(message, tools, risky, approve):
    """Who is asked about everything is safe.

    Caught by: test_who_is_asked_and_when
    """
    answers = []
    for call in message.tool_calls:
        if not approve(call) and call["name"] in risky:
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__the_other_way_round(message, tools, risky, approve):
    """risky has the tools that may run.

    Caught by: test_who_is_asked_and_when
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] not in risky and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__refused_come_last(message, tools, risky, approve):
    """First the results, then what was refused.

    Caught by: test_an_answer_for_each_call
    """
    done, refused = [], []
    for call in message.tool_calls:
        if call["name"] in risky and not approve(call):
            refused.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            done.append(tools[call["name"]].invoke(call))
    return done + refused


def run_with_approval__harmless_ones_first(message, tools, risky, approve):
    """What is harmless can be done before anybody is asked.

    Caught by: test_who_is_asked_and_when
    """
    by_id = {}
    for call in message.tool_calls:
        if call["name"] not in risky:
            by_id[call["id"]] = tools[call["name"]].invoke(call)
    for call in message.tool_calls:
        if call["name"] in risky:
            if approve(call):
                by_id[call["id"]] = tools[call["name"]].invoke(call)
            else:
                by_id[call["id"]] = ToolMessage("No.", tool_call_id=call["id"], status="error")
    return [by_id[call["id"]] for call in message.tool_calls]


def run_with_approval__nobody_is_asked(message, tools, risky, approve):
    """What is risky is refused.

    Caught by: test_who_is_asked_and_when
    """
    answers = []
    for call in message.tool_calls:
        if call["name"] in risky:
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


def run_with_approval__part_of_a_name(message, tools, risky, approve):
    """A name that is part of a risky one is risky.

    Caught by: test_any_calls
    """
    answers = []
    for call in message.tool_calls:
        if any(call["name"].startswith(one) for one in risky) and not approve(call):
            answers.append(ToolMessage("Refused.", tool_call_id=call["id"], status="error"))
        else:
            answers.append(tools[call["name"]].invoke(call))
    return answers


# ask_as


def ask_as__the_prompt_tells_it_who(model, orders, user_id, question):
    """The rules say who is asking, and the model passes it on.

    Caught by: test_it_goes_on_until_the_model_is_done
    """

    @tool
    def find_order(word: str, user_id: str) -> str:
        """Find the orders of a user that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    rules = f"You talk to the user {user_id}. Show no orders of other users."
    agent = create_agent(model, [find_order], system_prompt=rules)
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__names_the_user_in_the_rules(model, orders, user_id, question):
    """The model has to know whom it talks to.

    Caught by: test_what_the_model_sees
    """
    rules = f"You talk to {user_id}."
    agent = create_agent(model, [make_orders_tool(orders, user_id)], system_prompt=rules)
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__names_the_user_in_the_question(model, orders, user_id, question):
    """The question says who asks it.

    Caught by: test_what_the_model_sees
    """
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    asked = HumanMessage(f"{user_id}: {question}")
    return agent.invoke({"messages": [asked]})["messages"][-1].text


def ask_as__injected_is_filled_in(model, orders, user_id, question):
    """create_agent fills in what is marked with InjectedToolArg.

    Caught by: test_it_goes_on_until_the_model_is_done
    """
    from typing import Annotated

    from langchain_core.tools import InjectedToolArg

    @tool
    def find_order(word: str, user_id: Annotated[str, InjectedToolArg]) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(user_id, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    agent = create_agent(model, [find_order])
    state = agent.invoke({"messages": [HumanMessage(question)], "user_id": user_id})
    return state["messages"][-1].text


def ask_as__no_context_is_given(model, orders, user_id, question):
    """The runtime knows who the user is.

    Caught by: test_it_goes_on_until_the_model_is_done
    """
    from langchain.tools import ToolRuntime

    @tool
    def find_order(word: str, runtime: ToolRuntime) -> str:
        """Find the orders of the customer that contain a word."""
        found = [one for one in orders.get(runtime.context, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    agent = create_agent(model, [find_order])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__a_default_the_model_may_change(model, orders, user_id, question):
    """The user is a default, so the model need not write it.

    Caught by: test_what_the_model_sees
    """

    @tool
    def find_order(word: str, whose: str = "me") -> str:
        """Find the orders of the customer that contain a word."""
        user = user_id if whose == "me" else whose
        found = [one for one in orders.get(user, ()) if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    agent = create_agent(model, [find_order])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__takes_any_argument(model, orders, user_id, question):
    """A call may say whose orders are meant.

    Caught by: test_arguments_that_are_made_up
    """
    find_order = make_orders_tool(orders, user_id)
    messages = [HumanMessage(question)]
    bound = model.bind_tools([find_order])
    while True:
        message = bound.invoke(messages)
        messages.append(message)
        if not message.tool_calls:
            return message.text
        for call in message.tool_calls:
            whose = make_orders_tool(orders, call["args"].get("user_id", user_id))
            messages.append(whose.invoke(call))


def ask_as__one_agent_for_all(model, orders, user_id, question):
    """One agent is enough for all users.

    Caught by: test_one_user_after_the_other
    """
    global _tool_of_all
    try:
        find_order = _tool_of_all
    except NameError:
        find_order = _tool_of_all = make_orders_tool(orders, user_id)
    agent = create_agent(model, [find_order])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__keeps_tools_by_user(model, orders, user_id, question, known={}):
    """The tool of a user need not be made again.

    Caught by: test_one_user_after_the_other
    """
    if user_id not in known:
        known[user_id] = make_orders_tool(orders, user_id)
    agent = create_agent(model, [known[user_id]])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__filters_the_answer(model, orders, user_id, question):
    """What is not for the user is taken out of the answer.

    Caught by: test_it_goes_on_until_the_model_is_done
    """

    @tool
    def find_order(word: str) -> str:
        """Find the orders that contain a word."""
        found = [one for some in orders.values() for one in some if word.lower() in one.lower()]
        return "\n".join(found) or "There is none."

    agent = create_agent(model, [find_order])
    answer = agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text
    for user, some in orders.items():
        for one in some if user != user_id else ():
            answer = answer.replace(one, "")
    return answer


def ask_as__puts_orders_in_the_prompt(model, orders, user_id, question):
    """All orders are in the rules, so no tool is needed.

    Caught by: test_it_goes_on_until_the_model_is_done
    """
    mine = "\n".join(orders.get(user_id, ())) or "none"
    agent = create_agent(model, [], system_prompt=f"The orders:\n{mine}")
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__gives_the_message(model, orders, user_id, question):
    """The last message is the answer.

    Caught by: test_it_goes_on_until_the_model_is_done
    """
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1]


def ask_as__gives_the_state(model, orders, user_id, question):
    """The agent gives the answer.

    Caught by: test_it_goes_on_until_the_model_is_done
    """
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    return agent.invoke({"messages": [HumanMessage(question)]})


def ask_as__strips_the_answer(model, orders, user_id, question):
    """Spaces at the ends say nothing.

    Caught by: test_it_goes_on_until_the_model_is_done
    """
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text.strip()


def ask_as__one_round(model, orders, user_id, question):
    """A model calls a tool once, and answers then.

    Caught by: test_it_goes_on_until_the_model_is_done
    """
    find_order = make_orders_tool(orders, user_id)
    bound = model.bind_tools([find_order])
    message = bound.invoke([HumanMessage(question)])
    if not message.tool_calls:
        return message.text
    results = [find_order.invoke(call) for call in message.tool_calls]
    return bound.invoke([HumanMessage(question), message, *results]).text


def ask_as__answers_only_one_call(model, orders, user_id, question):
    """One call comes at a time.

    Caught by: test_it_goes_on_until_the_model_is_done
    """
    find_order = make_orders_tool(orders, user_id)
    messages, bound = [HumanMessage(question)], model.bind_tools([find_order])
    while True:
        message = bound.invoke(messages)
        messages.append(message)
        if not message.tool_calls:
            return message.text
        messages.append(find_order.invoke(message.tool_calls[0]))


def ask_as__the_message_has_a_name(model, orders, user_id, question):
    """A message may say in its name who has written it.

    Caught by: test_what_the_model_sees
    """
    agent = create_agent(model, [make_orders_tool(orders, user_id)])
    state = agent.invoke({"messages": [HumanMessage(question, name=user_id)]})
    return state["messages"][-1].text


def ask_as__keeps_agents_by_model(model, orders, user_id, question, known=[]):
    """The agent of a model need not be made again.

    Caught by: test_one_user_after_the_other
    """
    agent = next((agent for one, agent in known if one is model), None)
    if agent is None:
        agent = create_agent(model, [make_orders_tool(orders, user_id)])
        known.append((model, agent))
    return agent.invoke({"messages": [HumanMessage(question)]})["messages"][-1].text


def ask_as__six_rounds_are_enough(model, orders, user_id, question):
    """A model that has not found it in six rounds never will.

    Caught by: test_it_may_take_many_rounds
    """
    find_order = make_orders_tool(orders, user_id)
    messages = [HumanMessage(question)]
    for _ in range(6):
        message = model.bind_tools([find_order]).invoke(messages)
        messages.append(message)
        if not message.tool_calls:
            break
        messages += [find_order.invoke(call) for call in message.tool_calls]
    return message.text
