fresh
passes floors 'a good tree'

fresh
echo '#include "high/high.h"' >src/low/low.c
finds floors 'an upward include' 'src/low/low.c:1: upward: low (floor 1) opens high/high.h (floor 2)'

fresh
printf '\n\t#  include <beside/beside.h>\n' >src/high/high.c
finds floors 'a sideways include' 'src/high/high.c:2: sideways: high opens beside/beside.h'

fresh
echo '#include "low/inner.h"' >src/high/high.c
finds floors 'a back door' 'src/high/high.c:1: back door: low/inner.h; the door is low/low.h'

fresh
echo '#include "../low/inner.h"' >src/high/high.c
finds floors 'an include by path' 'src/high/high.c:1: "../low/inner.h" leaves its folder'

fresh
echo '#include "cellar/cellar.h"' >src/high/high.c
finds floors 'a room that is not on the plan' 'src/high/high.c:1: "cellar/cellar.h" is no room'

fresh
mkdir src/shed && : >src/shed/shed.c && echo >>src/shed/shed.c
finds floors 'a folder without a floor' 'src/shed/shed.c:1: room shed has no floor'

fresh
echo '#include "low/inner.h"' >>src/low/low.h
finds floors 'a door that lets an inner door out' 'src/low/low.h:3: the door lets the inner door "low/inner.h" out'

fresh
echo '#include "low/low.h"' >src/high/high.cc
echo '#include "beside/beside.h"' >>src/high/high.cc
finds floors 'a sideways include in C++' 'src/high/high.cc:2: sideways'
