# METADATA
# description: A resource's properties as the provider takes them - absent is its default, and not known is neither.
package dharma.property

import data.dharma.subject

# METADATA
# description: |
#   The property at a path (a list of keys) of a resource's inputs; `otherwise` where it is absent or null, and
#   subject.not_known where it, or an object it is in, is known only after applying.
value(resource, path, otherwise) := found if {
	found := object.get(resource.new, path, null)
	found != null
} else := subject.not_known if {
	count(path) > 1
	some length in numbers.range(1, count(path) - 1)
	object.get(resource.new, array.slice(path, 0, length), null) == subject.not_known
} else := otherwise

# METADATA
# description: The same of one key of an object within a resource - a rule, a block.
field(object, key, otherwise) := found if {
	found := object[key]
	found != null
} else := otherwise

# METADATA
# description: True where a switch, or its default, is off. Providers take true and false as texts as well.
off(resource, path, otherwise) if value(resource, path, otherwise) in {false, "false"}

# METADATA
# description: True where a switch, or its default, is on.
on(resource, path, otherwise) if value(resource, path, otherwise) in {true, "true"}

# METADATA
# description: True where a switch is on, or may be once it is known.
maybe_on(resource, path) if value(resource, path, false) in {true, "true", subject.not_known}

# METADATA
# description: True where nothing is said at a path.
unsaid(resource, path) if value(resource, path, "") == ""

# METADATA
# description: True where the property, or its default, is known and one of these values (texts in lower case).
one_of(resource, path, otherwise, values) if text(value(resource, path, otherwise)) in values

# METADATA
# description: True where the property, or its default, is known and none of these values (texts in lower case).
other_than(resource, path, otherwise, values) if {
	found := text(value(resource, path, otherwise))
	found != subject.not_known
	not found in values
}

# METADATA
# description: The elements of the list at a path, a single block as a list of one; none that is known only after applying.
list(resource, path) := [element | some element in listed(value(resource, path, [])); element != subject.not_known]

# METADATA
# description: A value as a list. Policy documents and blocks say one thing without a list.
listed(given) := given if is_array(given)

listed(given) := [given] if not is_array(given)

# METADATA
# description: A value as a text in lower case, whatever it is.
text(given) := lower(given) if is_string(given)

text(given) := json.marshal(given) if not is_string(given)

# METADATA
# description: An object, empty where the value is none.
mapping(given) := given if is_object(given)

mapping(given) := {} if not is_object(given)

# METADATA
# description: A number that may be written as a text; undefined for anything else.
number(given) := given if is_number(given)

number(given) := to_number(given) if {
	is_string(given)
	regex.match(`^-?[0-9]+$`, given)
}

# METADATA
# description: The resulting resources of these types.
resources(types) := [resource | some type in types; some resource in subject.by_type[type]]
