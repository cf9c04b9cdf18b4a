-- nvim --headless -u NONE -i NONE -n -c 'luafile nvim_session.lua' FILE, with SERVE: open, remark, hover, fix, hints.
local function session()
  local buffer = vim.api.nvim_get_current_buf()
  vim.bo[buffer].filetype = 'mlir'
  local id = vim.lsp.start_client({ name = 'dispatch-lens', cmd = vim.split(os.getenv('SERVE'), ' '), root_dir = vim.fn.getcwd() })
  local client
  assert(vim.wait(60000, function()
    client = vim.lsp.get_client_by_id(id)
    return client and client.initialized
  end, 20), 'it does not start')
  vim.lsp.buf_attach_client(buffer, id)

  local function ask(method, params)
    local answers = assert(vim.lsp.buf_request_sync(buffer, method, params, 60000), method .. ' is not answered')
    assert(not answers[id].error, vim.inspect(answers[id].error))
    return answers[id].result
  end

  local function remarks()
    return vim.tbl_filter(function(one) return one.message:match('the dispatch does nothing but') end, vim.diagnostic.get(buffer))
  end

  assert(vim.wait(60000, function() return #remarks() > 0 end, 20), 'no remark: ' .. vim.inspect(vim.diagnostic.get(buffer)))
  local remark = remarks()[1]
  local document = vim.lsp.util.make_text_document_params(buffer)
  local position = { line = remark.lnum, character = remark.col + 2 }

  local hover = ask('textDocument/hover', { textDocument = document, position = position })
  assert(hover.contents.value:match('transpose 4x8 %-> 8x4'), vim.inspect(hover))
  assert(#vim.lsp.util.convert_input_to_markdown_lines(hover.contents) > 10)

  vim.api.nvim_win_set_cursor(0, { remark.lnum + 1, remark.col + 2 })
  local params = vim.lsp.util.make_range_params()
  params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(buffer, remark.lnum) }
  local action = vim.tbl_filter(function(one) return one.isPreferred end, ask('textDocument/codeAction', params))[1]
  assert(action, 'no fix')
  if not action.edit then action = ask('codeAction/resolve', action) end
  vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
  assert(vim.wait(60000, function() return #remarks() == 0 end, 20), 'the fix does not clear the remark')
  vim.lsp.stop_client(id)
  assert(vim.wait(60000, function() return client.is_stopped() end, 20), 'it does not stop')
end

local done, failure = xpcall(session, debug.traceback)
vim.fn.writefile({ done and 'PASS' or failure }, os.getenv('OUT'))
vim.cmd('qa!')
