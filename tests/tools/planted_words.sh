# The words are put together here, so that this file passes the check itself.
fresh
passes words 'a good tree'

fresh
echo "/* see /ho""me/somebody/notes */" >src/low/low.c
finds words "a person's folder" 'src/low/low.c:1:'

fresh
printf '\ncp x /ro''ot/x\n' >tools/script
finds words "a machine's path in a script" 'tools/script:2:'

fresh
echo "/* FIX""ME */" >src/low/inner.h
finds words 'a mark of unfinished work' 'src/low/inner.h:1:'

fresh
mkdir -p tests/fuzz/corpus/low && echo "/ho""me/somebody" >tests/fuzz/corpus/low/1
passes words "other people's bytes"

fresh
echo 'artwork/workshop/homework, ../wo''rk/x and https://example.org/home/x' >tools/notes
passes words 'words that only look alike'
