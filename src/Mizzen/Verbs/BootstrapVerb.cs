using System.CommandLine;
using System.Text.Json.Nodes;
using Mizzen.Bootstrap;
using Mizzen.Clusters;
using Mizzen.Inspection;
using Mizzen.Pods;
using Mizzen.Terminal;

namespace Mizzen.Verbs;

/// <summary><c>mizzen bootstrap envoy|grpc</c>: the files with which other xDS clients begin.</summary>
internal static class BootstrapVerb
{
    public static Command Create() => new("bootstrap", "Print the file with which an Envoy or a gRPC program of yours joins the mesh")
    {
        Envoy(),
        Grpc(),
    };

    private static VerbCommand Envoy()
    {
        var who = new Who();
        var command = new VerbCommand(
            "envoy",
            "For Envoy: envoy -c FILE",
            """
            mizzen bootstrap envoy frontend > envoy.json                    in the place of a pod's proxy
            mizzen bootstrap envoy --service shop.store > envoy.json        a program outside of pods
            """);
        who.AddTo(command);
        command.SetAction(async (result, cancellationToken) => Print(EnvoyBootstrap.Of(await who.FindAsync(result, cancellationToken), who.Address(result))));
        return command;
    }

    private static VerbCommand Grpc()
    {
        var who = new Who();
        var certificates = new Option<string?>("--certificates")
        {
            Description = "The folder with the program's cert-chain.pem, key.pem and root-cert.pem, for services whose DestinationRule says ISTIO_MUTUAL.",
            HelpName = "FOLDER",
        };
        var command = new VerbCommand(
            "grpc",
            "For gRPC programs: GRPC_XDS_BOOTSTRAP=FILE, and call xds:///HOST:PORT",
            """
            kubectl -n istio-system port-forward deploy/istiod 15010 &      istiod discovery --grpcAddr=:15010 serves it
            mizzen bootstrap grpc --service shop.store > xds.json
            GRPC_XDS_BOOTSTRAP=xds.json ./shop                              calls xds:///reviews.store:9080
            """) { certificates };
        who.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
            Print(GrpcBootstrap.Of(await who.FindAsync(result, cancellationToken), who.Address(result), result.GetValue(certificates))));
        return command;
    }

    private static int Print(JsonObject file)
    {
        Console.Write(Json.Pretty(file));
        return ExitCode.Success;
    }

    /// <summary>The options that say who the client is, and whom it asks.</summary>
    private sealed class Who
    {
        private readonly Argument<string?> _pod = new("POD") { Arity = ArgumentArity.ZeroOrOne, Description = "In the place of this pod: POD[.NAMESPACE], deploy/NAME." };

        private readonly Option<string?> _service = new("--service")
        {
            Description = "A program outside of pods, with the label app=NAME in this namespace.",
            HelpName = "NAME[.NAMESPACE]",
        };

        private readonly Option<ControlPlaneAddress> _address = new("--address")
        {
            Description = "The control plane: port 15012 speaks TLS and asks for a pod's token, every other in plain.",
            HelpName = "HOST:PORT",
            DefaultValueFactory = _ => ControlPlaneAddress.Default,
            CustomParser = result =>
            {
                var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
                if (ControlPlaneAddress.Parse(text) is { } address)
                {
                    return address;
                }

                result.AddError($"--address takes HOST:PORT, not '{text}'");
                return null;
            },
        };

        private readonly Option<string?> _namespace = ClusterOptions.Namespace();
        private readonly Option<ClusterName> _name = ClusterOptions.Name();
        private readonly Option<string?> _kubeconfig = ClusterOptions.Kubeconfig();

        public void AddTo(Command command)
        {
            command.Add(_pod);
            foreach (var option in (Option[])[_service, _address, _namespace, _name, _kubeconfig])
            {
                command.Add(option);
            }

            command.Validators.Add(result =>
            {
                if (result.GetValue(_pod) is null == result.GetValue(_service) is null)
                {
                    result.AddError("name either a POD or a program with --service NAME[.NAMESPACE]");
                }
            });
        }

        public ControlPlaneAddress Address(ParseResult result) => result.GetValue(_address)!;

        public async Task<XdsClient> FindAsync(ParseResult result, CancellationToken cancellationToken)
        {
            if (result.GetValue(_service) is { } service)
            {
                var dot = service.IndexOf('.', StringComparison.Ordinal);
                return dot < 0 ? XdsClient.Of(service, result.GetValue(_namespace) ?? "default") : XdsClient.Of(service[..dot], service[(dot + 1)..]);
            }

            var api = ClusterConnection.Open(result.GetValue(_kubeconfig), result.GetValue(_name));
            return XdsClient.Of(await PodName.FindAsync(api, result.GetValue(_pod)!, result.GetValue(_namespace), cancellationToken));
        }
    }
}
