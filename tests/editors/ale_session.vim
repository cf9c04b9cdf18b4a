" vim -Nu NONE -i NONE -n -es -S ale_session.vim FILE, with SERVE: open, remark, hover, fix. ALE is Debian's vim-ale.
set nocompatible hidden
let g:ale_linters_explicit = 1
let g:ale_linters = {'mlir': ['dispatch-lens']}
let g:ale_lint_on_enter = 1
let g:ale_hover_to_preview = 1
let g:ale_set_balloons = 0
packadd! ale
filetype on
runtime plugin/ale.vim
for s:file in globpath(&packpath, 'pack/*/opt/ale/plugin/*.vim', 0, 1) | execute 'source' s:file | endfor
call ale#linter#Define('mlir', {
\   'name': 'dispatch-lens', 'lsp': 'stdio', 'language': 'mlir',
\   'executable': split($SERVE)[0], 'command': $SERVE,
\   'project_root': {_ -> getcwd()} })

function! Remarks() abort
  return filter(copy(ale#engine#GetLoclist(bufnr(''))), 'v:val.text =~# "the dispatch does nothing but"')
endfunction

function! WaitFor(holds) abort
  for s:turn in range(1200)
    if eval(a:holds) | return | endif
    sleep 50m
  endfor
  throw 'timeout: ' . a:holds . ' ' . string(ale#engine#GetLoclist(bufnr('')))
endfunction

function! Outcome(text) abort
  call writefile([a:text], $OUT)
endfunction

try
  set filetype=mlir
  call ale#Queue(0)
  call WaitFor('!empty(Remarks())')
  let s:remark = Remarks()[0]
  call cursor(s:remark.lnum, s:remark.col + 2)
  ALEHover
  call WaitFor('bufnr("ALEPreviewWindow") > 0 && join(getbufline(bufnr("ALEPreviewWindow"), 1, "$")) =~# "transpose 4x8 -> 8x4"')
  runtime autoload/ale/util.vim
  function! ale#util#Input(message, value) abort
    return matchstr(a:message, '\v\d+\ze\) Remove the transpose')
  endfunction
  ALECodeAction
  call WaitFor('&modified')
  call ale#Queue(0)
  call WaitFor('empty(Remarks())')
  call Outcome('PASS')
catch
  call Outcome(v:exception . ' ' . v:throwpoint)
endtry
qa!
