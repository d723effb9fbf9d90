"""The page's sections: a module each, whose function `section` turns results into figures, tables and words."""
