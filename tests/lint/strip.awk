# Prints C sources as "FILE:LINE:statement", a statement on one line, without comments; -v keep_strings=1 keeps the texts.
function flush() {
	if (statement ~ /[^ \t]/)
		print FILENAME ":" first ":" statement
	statement = ""
}
FNR == 1 { statement = ""; in_comment = 0 }
{
	line = $0
	if (in_comment) {
		if (!match(line, /\*\//)) next
		line = substr(line, RSTART + 2)
		in_comment = 0
	}
	while (match(line, /\/\*/)) {
		rest = substr(line, RSTART + 2)
		line = substr(line, 1, RSTART - 1)
		if (match(rest, /\*\//)) line = line " " substr(rest, RSTART + 2)
		else in_comment = 1
	}
	sub(/\/\/.*/, "", line)
	if (!keep_strings) gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
	if (statement !~ /[^ \t]/) first = FNR
	statement = statement line " "
	if (line ~ /[;{}:][ \t]*$/ || line ~ /^#/ || line ~ /^[ \t]*$/) flush()
}
