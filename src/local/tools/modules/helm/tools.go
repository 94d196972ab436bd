//go:build tools

// Package tools pins one program of the local control plane.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
