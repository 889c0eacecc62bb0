// Calculates one claim over TLS: calculate HOST:PORT CA.pem CERTIFICATE.pem KEY.pem [HOURS].
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"subsidy/v1"
)

// What is tried again, by the connection itself. A calculation changes nothing, so it may be asked as often as one
// likes. CANCELLED is what a service that stops says of a call that has just come. Before version 1.40 of grpc-go the
// environment must say GRPC_GO_RETRY=on.
const retry = `{"methodConfig": [{
	"name": [{"service": "subsidy.v1.CalculationService"}],
	"retryPolicy": {
		"maxAttempts": 5,
		"initialBackoff": "0.5s",
		"maxBackoff": "4s",
		"backoffMultiplier": 2,
		"retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "CANCELLED"]
	}
}]}`

func credentialsOf(authority, certificate, key string) credentials.TransportCredentials {
	pem, err := os.ReadFile(authority)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		log.Fatal("no certificate in ", authority)
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		log.Fatal(err)
	}
	return credentials.NewTLS(&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}})
}

// uuid is a random one, of version 4.
func uuid() string {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		log.Fatal(err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func decimal(text string) *subsidyv1.Value {
	return &subsidyv1.Value{Kind: &subsidyv1.Value_Decimal{Decimal: text}}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 5 {
		log.Fatal("wanted: HOST:PORT CA.pem CERTIFICATE.pem KEY.pem [HOURS]")
	}
	hours := "20.25"
	if len(os.Args) > 5 {
		hours = os.Args[5]
	}
	connection, err := grpc.Dial(
		os.Args[1],
		grpc.WithTransportCredentials(credentialsOf(os.Args[2], os.Args[3], os.Args[4])),
		grpc.WithDefaultServiceConfig(retry),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()

	id := uuid() // under which the log of the service has this call
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) // with all that is tried again
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "x-request-id", id)
	answer, err := subsidyv1.NewCalculationServiceClient(connection).Calculate(ctx, &subsidyv1.CalculateRequest{
		Policy: "cn/liaoning/shenyang/home-service",
		Facts: map[string]*subsidyv1.Value{
			"beneficiary":  {Kind: &subsidyv1.Value_Id{Id: "B1"}},
			"month":        {Kind: &subsidyv1.Value_Month{Month: &subsidyv1.Month{Year: 2023, Month: 8}}},
			"hours":        decimal(hours),
			"price":        decimal("30.50"),
			"left_monthly": decimal("1350"),
		},
	})
	if err != nil {
		said := status.Convert(err)
		log.Fatalf("%v: %s (%s)", said.Code(), said.Message(), id)
	}
	amount := answer.GetAmount().GetDetermined() // whole yuan and billionths of one; never a float
	fmt.Printf("%d.%02d CNY, %s\n", amount.GetUnits(), amount.GetNanos()/10_000_000, answer.GetDigest())
}
