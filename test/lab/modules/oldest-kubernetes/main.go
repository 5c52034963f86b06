// Command crd-validator answers whether the API server of the oldest Kubernetes that Sluice supports takes definitions: it runs that version's own validation
// (schema, CEL rules and their estimated cost) over the files that are named, and prints a line for every problem. Exit code 1: a definition is refused.
package main

import (
	"context"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"sigs.k8s.io/yaml"
)

// problems answers what the API server has against the definition in a file, as it is created.
func problems(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var given v1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &given); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	v1.SetObjectDefaults_CustomResourceDefinition(&given)
	for _, version := range given.Spec.Versions {
		if version.Storage {
			given.Status.StoredVersions = []string{version.Name}
		}
	}
	var definition apiextensions.CustomResourceDefinition
	if err := v1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&given, &definition, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var found []string
	for _, problem := range validation.ValidateCustomResourceDefinition(context.Background(), &definition) {
		found = append(found, fmt.Sprintf("%s: %v", file, problem))
	}
	return found, nil
}

func main() {
	code := 0
	for _, file := range os.Args[1:] {
		found, err := problems(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		for _, problem := range found {
			fmt.Println(problem)
			code = 1
		}
	}
	os.Exit(code)
}
