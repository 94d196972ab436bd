# METADATA
# description: |
#   How the controls read a property: what is absent counts as the provider's default, what is known only after applying
#   stays not_known, also where the whole block it is in is not known.
package dharma.controls.aws.property

import data.dharma.subject

# METADATA
# description: The value of a resource's property at `path` (an array of keys).
at(resource, path, fallback) := value if {
	value := object.get(resource.new, path, null)
	value != null
} else := subject.not_known if {
	count(path) > 1
	some length in numbers.range(1, count(path) - 1)
	object.get(resource.new, array.slice(path, 0, length), null) == subject.not_known
} else := fallback

# METADATA
# description: True where a switch is off, by itself or by the provider's default.
off(resource, path, fallback) if at(resource, path, fallback) in {false, "false"}

# METADATA
# description: True where a switch is on, by itself or by the provider's default.
on(resource, path, fallback) if at(resource, path, fallback) in {true, "true"}

# METADATA
# description: True where a switch is on, or may be.
maybe_on(resource, path) if at(resource, path, false) in {true, "true", subject.not_known}

# METADATA
# description: True where nothing is said, and nothing will be.
unsaid(resource, path) if at(resource, path, "") == ""

# METADATA
# description: The entries of a list; none where it is absent or not known.
entries(resource, path) := [entry | some entry in listed(at(resource, path, [])); entry != subject.not_known]

# METADATA
# description: A value as a list.
listed(value) := value if is_array(value)

listed(value) := [value] if not is_array(value)

# METADATA
# description: The resources of several types.
of_types(types) := [resource | some type in types; some resource in subject.by_type[type]]

# METADATA
# description: A number, also where it is written as text.
number(value) := value if is_number(value)

number(value) := to_number(value) if {
	is_string(value)
	regex.match(`^-?[0-9]+$`, value)
}
