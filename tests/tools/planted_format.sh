fresh
passes format 'a good tree'

fresh
printf 'int low(void) {\n  return 0;\n}\n' >src/low/low.c
finds format 'two blanks and a brace' 'src/low/low.c: run'

fresh
printf 'int low( void );\n' >tests/low.h
finds format 'a stray blank in a test' 'tests/low.h: run'
