# A C function of $1 lines.
long_function() {
	printf 'int low_%s(void)\n{\n\tint n = 0;\n\n' "$1"
	yes '	n++;' | head -$(($1 - 6))
	printf '\treturn n;\n}\n'
}

fresh
long_function 100 >src/low/low.c
passes measure 'a function of 100 lines'

fresh
long_function 101 >src/low/low.c
finds measure 'a function of 101 lines' 'src/low/low.c:1: low_101() has 101 lines'

fresh
(printf 'class A:\n    def b(self):\n'; yes '        pass' | head -100) >tools/long.py
finds measure 'a long function in Python' 'tools/long.py:2: b() has 101 lines'

fresh
printf 'int low_six(int a, int (*b)(int, int), int c, int d, int e,\n\t    int f)\n{\n\treturn a + b(c, d) + e + f;\n}\n' >src/low/low.c
finds measure 'six parameters' 'low_six() takes 6 parameters'
echo 'low_six some library' >tools/measure.allow
passes measure 'six parameters that a library fixes'

fresh
printf 'int low_five(int a, int (*b)(int, int), int c, int d, int e)\n{\n\treturn a + b(c, d) + e;\n}\n' >src/low/low.c
passes measure 'five parameters, one of them a function'

fresh
printf 'int low_deep(int n)\n{\n\tfor (;;)\n\t\tif (n)\n\t\t\twhile (n)\n\t\t\t\tif (n--)\n\t\t\t\t\treturn n;\n}\n' >src/low/low.c
finds measure 'four levels of nesting' 'src/low/low.c:6: low_deep() nests 4 levels deep'

fresh
printf 'int low_three(int n)\n{\n\tfor (;;)\n\t\tif (n)\n\t\t\twhile (n)\n\t\t\t\tn--;\n}\n' >src/low/low.c
passes measure 'three levels of nesting'

fresh
yes '/* one more */' | head -901 >src/low/more.c
finds measure 'a file of 901 lines' 'src/low/more.c has 901 lines'

fresh
yes '/* one more */' | head -301 >src/low/low.h
finds measure 'a door of 301 lines' 'src/low/low.h has 301 lines; a door has at most 300'

fresh
yes '# one more' | head -901 >tests/script && chmod +x tests/script
finds measure 'a script of 901 lines' 'tests/script has 901 lines'
