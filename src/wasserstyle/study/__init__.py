"""A human study: pictures laid out, judged by raters in the browser, answers made into scores.

``plan`` says what is compared, ``paint`` makes the pictures, ``layout`` the comparisons,
``store`` gives them to raters and keeps their answers, ``app`` shows them, ``report`` and
``pages`` make the scores. Serving needs no torch.
"""
