Console.WriteLine("mizzen-proxy");
