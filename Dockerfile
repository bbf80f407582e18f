# One static binary, nothing else: no shell, no package manager, not root.
#   docker build --build-arg VERSION=$(git describe --tags --always) -t scimmage .
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X github.com/scimmage/scimmage/internal/cli.Version=${VERSION}" -o /scimmage ./cmd/scimmage

FROM scratch
# The certificates of public authorities, for targets behind https. Your own: mount them and use --ca.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /scimmage /scimmage
COPY LICENSE /LICENSE
# nobody; a number, so that Kubernetes can see that it is not root.
USER 65534:65534
WORKDIR /out
ENTRYPOINT ["/scimmage"]
CMD ["--help"]
