;;; -*- lexical-binding: t -*-
;; emacs -Q --batch -l eglot_session.el FILE, with SERVE: open, remark, hover, fix.
(require 'package)
(add-to-list 'package-directory-list "/usr/share/emacs/site-lisp/elpa") ; Debian's packages, which -Q leaves out.
(package-initialize)
(require 'eglot)
(require 'flymake)
(setq eglot-connect-timeout 60 eglot-sync-connect t)
(define-derived-mode mlir-mode prog-mode "MLIR")
(add-to-list 'auto-mode-alist '("\\.mlir\\'" . mlir-mode))
(add-to-list 'eglot-server-programs (cons 'mlir-mode (split-string (getenv "SERVE"))))

(defun outcome (text)
  (write-region text nil (getenv "OUT")))

(defun wait-for (what holds)
  (let ((end (+ (float-time) 60)))
    (while (and (not (funcall holds)) (< (float-time) end)) (accept-process-output nil 0.05))
    (or (funcall holds) (error "timeout: %s" what))))

(defun remarks ()
  (flymake-start)
  (seq-filter (lambda (one) (string-match-p "the dispatch does nothing but" (flymake-diagnostic-text one)))
              (flymake-diagnostics)))

(defun session ()
  (apply #'eglot--connect (eglot--guess-contact)) ; What M-x eglot does.
  (wait-for "a server" #'eglot-managed-p)
  (flymake-mode 1)
  (wait-for "a remark" #'remarks)
  (goto-char (+ 2 (flymake-diagnostic-beg (car (remarks)))))
  (let ((hover (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams))))
    (unless (string-match-p "transpose 4x8 -> 8x4" (plist-get (plist-get hover :contents) :value)) (error "hover %S" hover)))
  (let* ((actions (eglot-code-actions (point) (point) nil))
         (fix (seq-find (lambda (one) (eq t (plist-get one :isPreferred))) actions)))
    (unless fix (error "no fix in %S" actions))
    (unless (plist-get fix :edit) (setq fix (jsonrpc-request (eglot-current-server) :codeAction/resolve fix)))
    (eglot--apply-workspace-edit (plist-get fix :edit) nil))
  (eglot--signal-textDocument/didChange)
  (wait-for "the remark to go" (lambda () (null (remarks))))
  (set-buffer-modified-p nil)
  (eglot-shutdown (eglot-current-server)))

(condition-case failure
    (with-current-buffer (find-file-noselect (car command-line-args-left))
      (session)
      (outcome "PASS"))
  (error (outcome (format "%S" failure))))
