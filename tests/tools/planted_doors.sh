fresh
passes doors 'a good tree'

fresh
echo 'struct low *low_of(size_t n);' >src/low/low.h
finds doors 'a door that leans on another' 'src/low/low.h: does not compile alone with gcc'
finds doors 'the same with the other compiler' 'src/low/low.h: does not compile alone with clang'

fresh
echo 'enum { LOW_MOST = 3 };' >src/low/low.h
finds doors 'a door without a guard' 'src/low/low.h: does not compile alone'

fresh
yes '/* more */' | head -299 >>src/low/low.h
finds doors 'a door of 301 lines' 'src/low/low.h: 301 lines'

fresh
echo 'enum nonsense {' >src/base/a.h
finds doors "a broken door of base's many" 'src/base/a.h: does not compile alone'

fresh
echo 'not C at all' >src/low/inner.h
passes doors 'an inner door is nobody else'"'"'s'
