// Makes the objects of a measurement from a template.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// create makes objects 0 to N-1 of a template in which INDEX stands for the index; those that exist are left alone.
func create(ctx context.Context, args []string) error {
	var target cluster
	flags := flag.NewFlagSet("create", flag.ExitOnError)
	target.register(flags)
	template := flags.String("template", "", "YAML file of one object; INDEX stands for its index")
	count := flags.Int("objects", 10_000, "how many")
	lanes := flags.Int("lanes", 16, "requests at once")
	if err := flags.Parse(args); err != nil {
		return err
	}
	text, err := os.ReadFile(*template)
	if err != nil {
		return err
	}
	objects, err := target.objects()
	if err != nil {
		return err
	}
	return inLanes(*lanes, *count, func(i int) error {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(strings.ReplaceAll(string(text), "INDEX", strconv.Itoa(i))), &object.Object); err != nil {
			return fmt.Errorf("%s: %w", *template, err)
		}
		_, err := objects.Create(ctx, object, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
}

// inLanes calls work for 0 to count-1, so many at once, and returns the first error after all lanes have ended.
func inLanes(lanes, count int, work func(i int) error) error {
	next := make(chan int)
	failed := make(chan error, lanes)
	for range lanes {
		go func() {
			var first error
			for i := range next {
				if first == nil {
					first = work(i)
				}
			}
			failed <- first
		}()
	}
	for i := range count {
		next <- i
	}
	close(next)
	var first error
	for range lanes {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	return first
}
