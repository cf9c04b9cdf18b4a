"""Which method is answered by which handler.

A handler's first parameter is always named `ls`: pygls gives the server by that name.
"""

from __future__ import annotations

import logging

from lsprotocol import types

from dispatch_lens.features import semantic_tokens
from dispatch_lens.lsp import analyst_process, commands, fixes, lifecycle, places, wholes
from dispatch_lens.lsp.analyst_process import Begin
from dispatch_lens.lsp.protocol import Refusals
from dispatch_lens.lsp.server import Server

_LEGEND = types.SemanticTokensLegend(list(semantic_tokens.KINDS), list(semantic_tokens.MODIFIERS))
_HANDLERS = (
    (types.INITIALIZE, lifecycle.initialize, None),
    (types.INITIALIZED, lifecycle.initialized, None),
    (types.SHUTDOWN, lifecycle.shutdown, None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, lifecycle.did_change_configuration, None),
    (types.TEXT_DOCUMENT_DID_OPEN, lifecycle.did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, lifecycle.did_change, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, lifecycle.did_close, None),
    (
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        lifecycle.diagnostic,
        types.DiagnosticOptions(identifier="dispatch-lens", inter_file_dependencies=False, workspace_diagnostics=False),
    ),
    (types.TEXT_DOCUMENT_HOVER, places.hover, None),
    (types.TEXT_DOCUMENT_DEFINITION, places.definition, None),
    (types.TEXT_DOCUMENT_REFERENCES, places.references, None),
    (types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, places.highlight, None),
    (types.TEXT_DOCUMENT_PREPARE_RENAME, places.prepare_rename, None),
    (types.TEXT_DOCUMENT_RENAME, places.rename, types.RenameOptions(prepare_provider=True)),
    (
        types.TEXT_DOCUMENT_COMPLETION,
        places.completion,
        types.CompletionOptions(trigger_characters=["%", "@", "#", "!", "^", ".", "<", "-"]),
    ),
    (
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        places.signature,
        types.SignatureHelpOptions(trigger_characters=["(", ","], retrigger_characters=[":"]),
    ),
    (types.TEXT_DOCUMENT_SELECTION_RANGE, places.selection, None),
    (types.TEXT_DOCUMENT_INLAY_HINT, places.inlay_hints, None),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, wholes.document_symbols, None),
    (types.WORKSPACE_SYMBOL, wholes.workspace_symbols, None),
    (types.TEXT_DOCUMENT_FOLDING_RANGE, wholes.folding, None),
    (types.TEXT_DOCUMENT_DOCUMENT_LINK, wholes.document_links, types.DocumentLinkOptions(resolve_provider=False)),
    (types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, wholes.tokens_full, _LEGEND),
    (types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, wholes.tokens_delta, _LEGEND),
    (types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, wholes.tokens_range, _LEGEND),
    (types.TEXT_DOCUMENT_CODE_LENS, wholes.code_lenses, types.CodeLensOptions(resolve_provider=False)),
    (types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY, wholes.prepare_hierarchy, None),
    (types.CALL_HIERARCHY_INCOMING_CALLS, wholes.incoming, None),
    (types.CALL_HIERARCHY_OUTGOING_CALLS, wholes.outgoing, None),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        fixes.code_actions,
        types.CodeActionOptions(code_action_kinds=fixes.KINDS, resolve_provider=True),
    ),
    (types.CODE_ACTION_RESOLVE, fixes.resolve, None),
)


def build(version: str, begin: Begin = analyst_process.begin) -> Server:
    """A server with all handlers and commands. `begin` gives the processes that read for it."""
    server = Server(version, begin)
    logging.getLogger("pygls.protocol.json_rpc").addFilter(Refusals())
    for method, handler, options in _HANDLERS:
        server.feature(method, options)(handler)
    for name, handler in commands.NAMES.items():
        server.command(name)(handler)
    return server
