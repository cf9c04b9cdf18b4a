# pyright: basic, reportAttributeAccessIssue=false
"""The ops of a module, its dispatch regions, and what a caller hands to its functions."""

from __future__ import annotations

FUNCTIONS = ("func.func", "util.func", "util.initializer")


def walk(root, opaque=None):
    """(op, depth, function) in text order; "" is the function of an initializer. Ops named `opaque` are not entered."""
    stack = [(root, 0, "")]
    while stack:
        operation, depth, function = stack.pop()
        yield operation, depth, function
        if operation.name == opaque:
            continue
        inside = symbol(operation) if operation.name in FUNCTIONS else function
        children = [op.operation for region in operation.regions for block in region for op in block]
        stack.extend((child, depth + 1, inside) for child in reversed(children))


def symbol(operation):
    return operation.attributes["sym_name"].value if "sym_name" in operation.attributes else ""


def is_public(operation):
    attributes = operation.attributes
    return "sym_visibility" not in attributes or attributes["sym_visibility"].value == "public"


def argument_types(functions, name):
    """Types as text; for a buffer view the tensor that the function, or its async twin, imports it as."""
    arguments = list(functions[name].regions[0].blocks[0].arguments)
    twin = functions.get(f"{name}$async")
    sources = list(twin.regions[0].blocks[0].arguments)[: len(arguments)] if twin else arguments
    return [imported_type(source) or str(argument.type) for argument, source in zip(arguments, sources)]


def imported_type(argument):
    if str(argument.type) != "!hal.buffer_view":
        return None
    users = [use.owner.operation for use in argument.uses]
    imports = [user for user in users if user.name == "hal.tensor.import"]
    return str(imports[0].results[0].type) if imports else None


def body(region):
    return list(region.regions[0].blocks[0].operations)


def outermost_regions(module):
    return [item for item in walk(module.operation, "flow.dispatch.region") if item[0].name == "flow.dispatch.region"]
