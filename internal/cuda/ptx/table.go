// SPDX-License-Identifier: MIT

package ptx

// table lists the instructions that Parse accepts, one form a line:
//
//	opcode .modifier .one|.of|.these .optional? : operands @ version, architecture
//
// Modifiers are in the order of PTX. T is the last type among them and T1 the first.
//
//	d       register that is written, of type T
//	s       register or literal of type T
//	d1, s1  the same, of type T1
//	dw, sw  the same, an integer of twice T's width
//	d:t s:t the same, of type t
//	d+ s+   a register may be wider than the type
//	d{4}    a vector of four; _ stands for an element that is dropped
//	dp      register, or register|predicate
//	v, V    register that is written, or read, or a vector of them for .v2 and .v4
//	P, PP   predicate that is written; or predicate|predicate
//	p, !p   predicate that is read, or that with !
//	pl      predicate or literal
//	x       anything mov reads: also special registers and addresses of variables
//	m       address
//	n       integer literal
//	L       label
//	?n      may be absent
//
// Without a version and an architecture the form is in PTX 6.0 for sm_50.
const table = `
add   $int : d s s
add   .sat .s32 : d s s
add   .rn|.rz|.rm|.rp? .ftz? .sat? .f32 : d s s
add   .rn? .f64 : d s s
add   .rn? .f16|.f16x2 : d s s @60,53
add   .rn? .bf16|.bf16x2 : d s s @78,90
sub   $int : d s s
sub   .sat .s32 : d s s
sub   .rn|.rz|.rm|.rp? .ftz? .sat? .f32 : d s s
sub   .rn? .f64 : d s s
sub   .rn? .f16|.f16x2 : d s s @60,53
sub   .rn? .bf16|.bf16x2 : d s s @78,90
mul   .lo|.hi $int : d s s
mul   .wide .u16|.u32|.s16|.s32 : dw s s
mul   .rn|.rz|.rm|.rp? .ftz? .sat? .f32 : d s s
mul   .rn? .f64 : d s s
mul   .rn? .f16|.f16x2 : d s s @60,53
mul   .rn? .bf16|.bf16x2 : d s s @78,90
mad   .lo|.hi $int : d s s s
mad   .wide .u16|.u32|.s16|.s32 : dw s s sw
fma   .rn|.rz|.rm|.rp .ftz? .sat? .f32 : d s s s
fma   .rn .f64 : d s s s
fma   .rn .f16|.f16x2 : d s s s @60,53
fma   .rn .bf16|.bf16x2 : d s s s @70,80
div   $int : d s s
div   .rn .ftz? .f32 : d s s
div   .approx|.full .ftz? .f32 : d s s
div   .rn .f64 : d s s
rem   $int : d s s
abs   .s16|.s32|.s64 : d s
abs   .ftz? .f32 : d s
abs   .f64 : d s
abs   .f16|.f16x2 : d s @65,53
abs   .bf16|.bf16x2 : d s @70,80
neg   .s16|.s32|.s64 : d s
neg   .ftz? .f32 : d s
neg   .f64 : d s
neg   .f16|.f16x2 : d s @60,53
neg   .bf16|.bf16x2 : d s @70,80
min   $int : d s s
min   .ftz? .f32 : d s s
min   .ftz? .NaN .f32 : d s s @70,80
min   .f64 : d s s
min   .NaN? .f16|.f16x2|.bf16|.bf16x2 : d s s @70,80
max   $int : d s s
max   .ftz? .f32 : d s s
max   .ftz? .NaN .f32 : d s s @70,80
max   .f64 : d s s
max   .NaN? .f16|.f16x2|.bf16|.bf16x2 : d s s @70,80
sad   $int : d s s s
and   .pred : P !p !p
and   $bits : d s s
or    .pred : P !p !p
or    $bits : d s s
xor   .pred : P !p !p
xor   $bits : d s s
not   .pred : P !p
not   $bits : d s
cnot  $bits : d s
lop3  .b32 : d s s s n
shl   $bits : d s s:u32
shr   $bits|.u16|.u32|.u64|.s16|.s32|.s64 : d s s:u32
shf   .l|.r .clamp|.wrap .b32 : d s s s:u32
bfe   .u32|.u64|.s32|.s64 : d s s:u32 s:u32
bfi   .b32|.b64 : d s s s:u32 s:u32
brev  .b32|.b64 : d s
popc  .b32|.b64 : d:u32 s
clz   .b32|.b64 : d:u32 s
bfind .shiftamt? .u32|.u64|.s32|.s64 : d:u32 s
prmt  .b32 : d s s s
rcp   .rn|.approx .ftz? .f32 : d s
rcp   .rn .f64 : d s
sqrt  .rn|.approx .ftz? .f32 : d s
sqrt  .rn .f64 : d s
rsqrt .approx .ftz? .f32 : d s
ex2   .approx .ftz? .f32 : d s
lg2   .approx .ftz? .f32 : d s
sin   .approx .ftz? .f32 : d s
cos   .approx .ftz? .f32 : d s
tanh  .approx .f32 : d s @70,75
copysign .f32|.f64 : d s s
testp .finite|.infinite|.number|.notanumber|.normal|.subnormal .f32|.f64 : P s
setp  .eq|.ne|.lt|.le|.gt|.ge $int : PP s s
setp  .eq|.ne|.lt|.le|.gt|.ge .and|.or|.xor $int : PP s s !p
setp  .eq|.ne $bits : PP s s
setp  .eq|.ne .and|.or|.xor $bits : PP s s !p
setp  .lo|.ls|.hi|.hs .u16|.u32|.u64 : PP s s
setp  $fcmp .ftz? .f32 : PP s s
setp  $fcmp .and|.or|.xor .ftz? .f32 : PP s s !p
setp  $fcmp .f64 : PP s s
setp  $fcmp .and|.or|.xor .f64 : PP s s !p
setp  $fcmp .f16 : PP s s @65,53
setp  $fcmp .bf16 : PP s s @78,90
set   .eq|.ne|.lt|.le|.gt|.ge .u32|.s32|.f32 $int : d1 s s
set   $fcmp .ftz? .u32|.s32|.f32 .f32 : d1 s s
set   $fcmp .u32|.s32|.f32 .f64 : d1 s s
selp  $bits|$int|.f32|.f64 : d s s p
mov   .pred : P pl
mov   $bits|$int|.f32|.f64 : d x
mov   .b32 : d s{2}:b16
mov   .b32 : d{2}:b16 s
mov   .b64 : d s{2}:b32
mov   .b64 : d{2}:b32 s
mov   .b64 : d s{4}:b16
mov   .b64 : d{4}:b16 s
cvt   $int8 $int8 : d1+ s+
cvt   .sat .u8 .u16|.u32|.u64|.s8|.s16|.s32|.s64 : d1+ s+
cvt   .sat .u16 .u32|.u64|.s8|.s16|.s32|.s64 : d1+ s+
cvt   .sat .u32 .u64|.s8|.s16|.s32|.s64 : d1+ s+
cvt   .sat .u64 .s8|.s16|.s32|.s64 : d1+ s+
cvt   .sat .s8 .u8|.u16|.u32|.u64|.s16|.s32|.s64 : d1+ s+
cvt   .sat .s16 .u16|.u32|.u64|.s32|.s64 : d1+ s+
cvt   .sat .s32 .u32|.u64|.s64 : d1+ s+
cvt   .sat .s64 .u64 : d1+ s+
cvt   .rni|.rzi|.rmi|.rpi .ftz? $int8 .f32 : d1+ s
cvt   .rni|.rzi|.rmi|.rpi $int8 .f64 : d1+ s
cvt   .rni|.rzi|.rmi|.rpi $int8 .f16 : d1+ s @60,53
cvt   .rn|.rz|.rm|.rp .sat? .f32|.f64 $int8 : d1 s+
cvt   .rn .f16 $int8 : d1 s+ @60,53
cvt   .rni|.rzi|.rmi|.rpi .ftz? .sat? .f32 .f32 : d1 s
cvt   .rni|.rzi|.rmi|.rpi .sat? .f64 .f64 : d1 s
cvt   .rn|.rz|.rm|.rp .ftz? .sat? .f32 .f64 : d1 s
cvt   .ftz? .sat .f32 .f32 : d1 s
cvt   .sat .f64 .f64 : d1 s
cvt   .ftz? .sat? .f64 .f32 : d1 s
cvt   .sat? .f32|.f64 .f16 : d1 s @60,53
cvt   .rn|.rz|.rm|.rp .sat? .f16 .f32|.f64 : d1 s @60,53
cvt   .rn|.rz .relu .f16 .f32 : d1 s @70,80
cvt   .rn|.rz .relu? .bf16 .f32 : d1 s @70,80
cvt   .rn|.rz .relu? .f16x2|.bf16x2 .f32 : d1 s s @70,80
cvt   .f32 .bf16 : d1 s @78,90
cvt   .rna .tf32 .f32 : d:b32 s @70,80
cvta  .to? .global|.shared|.local|.const .u64 : d x
ld    .global|.shared|.local|.const|.param? .v2|.v4? $any : v m
ld    .volatile .global|.shared .v2|.v4? $any : v m
ld    .global .ca|.cg|.cs|.lu|.cv .v2|.v4? $any : v m
ld    .global .nc .v2|.v4? $any : v m
st    .global|.shared|.local? .v2|.v4? $any : m V
st    .volatile .global|.shared .v2|.v4? $any : m V
st    .global .wb|.cg|.cs|.wt .v2|.v4? $any : m V
atom  .global|.shared? .add .u32|.s32|.u64|.f32|.f64 : d m s @60,60
atom  .global|.shared? .min|.max .u32|.s32|.u64|.s64 : d m s @60,60
atom  .global|.shared? .inc|.dec .u32 : d m s @60,60
atom  .global|.shared? .and|.or|.xor|.exch .b32|.b64 : d m s @60,60
atom  .global|.shared? .cas .b32|.b64 : d m s s @60,60
red   .global|.shared? .add .u32|.s32|.u64|.f32|.f64 : m s @60,60
red   .global|.shared? .min|.max .u32|.s32|.u64|.s64 : m s @60,60
red   .global|.shared? .inc|.dec .u32 : m s @60,60
red   .global|.shared? .and|.or|.xor .b32|.b64 : m s @60,60
membar .cta|.gl|.sys :
fence .sc|.acq_rel .cta|.gpu|.sys : @60,70
shfl  .sync .up|.down|.bfly|.idx .b32 : dp s s:u32 s:u32 s:u32
vote  .sync .all|.any|.uni .pred : P !p s:b32
vote  .sync .ballot .b32 : d !p s
activemask .b32 : d @62,50
redux .sync .add|.min|.max .u32|.s32 : d s s:b32 @70,80
redux .sync .and|.or|.xor .b32 : d s s:b32 @70,80
bar   .sync : n
barrier .sync .aligned : n
bar   .warp .sync : s:b32
mma   .sync .aligned .m16n8k8 .row .col .f32 .f16 .f16 .f32 : d{4}:f32 s{2}:b32 s{1}:b32 s{4}:f32 @65,75
mma   .sync .aligned .m16n8k16 .row .col .f32 .f16 .f16 .f32 : d{4}:f32 s{4}:b32 s{2}:b32 s{4}:f32 @70,80
mma   .sync .aligned .m16n8k8 .row .col .f32 .bf16 .bf16 .f32 : d{4}:f32 s{2}:b32 s{1}:b32 s{4}:f32 @70,80
mma   .sync .aligned .m16n8k16 .row .col .f32 .bf16 .bf16 .f32 : d{4}:f32 s{4}:b32 s{2}:b32 s{4}:f32 @70,80
mma   .sync .aligned .m16n8k4 .row .col .f32 .tf32 .tf32 .f32 : d{4}:f32 s{2}:b32 s{1}:b32 s{4}:f32 @70,80
mma   .sync .aligned .m16n8k8 .row .col .f32 .tf32 .tf32 .f32 : d{4}:f32 s{4}:b32 s{2}:b32 s{4}:f32 @70,80
ldmatrix .sync .aligned .m8n8 .x1 .trans? .shared .b16 : d{1}:b32 m @65,75
ldmatrix .sync .aligned .m8n8 .x2 .trans? .shared .b16 : d{2}:b32 m @65,75
ldmatrix .sync .aligned .m8n8 .x4 .trans? .shared .b16 : d{4}:b32 m @65,75
cp    .async .ca|.cg .shared .global : m m n ?s:u32 @70,80
cp    .async .commit_group : @70,80
cp    .async .wait_group : n @70,80
cp    .async .wait_all : @70,80
bra   .uni? : L
ret   .uni? :
exit  :
trap  :
`

// shorthands of the table.
var shorthands = map[string]string{
	"$int8": ".u8|.u16|.u32|.u64|.s8|.s16|.s32|.s64",
	"$int":  ".u16|.u32|.u64|.s16|.s32|.s64",
	"$bits": ".b16|.b32|.b64",
	"$fcmp": ".eq|.ne|.lt|.le|.gt|.ge|.equ|.neu|.ltu|.leu|.gtu|.geu|.num|.nan",
	"$any":  ".b8|.b16|.b32|.b64|.u8|.u16|.u32|.u64|.s8|.s16|.s32|.s64|.f32|.f64",
}
